// What the page says, in its languages.
const en = {
  live: 'live', paused: 'paused', lost: 'reconnecting', saved: 'a saved view', all: 'all', pause: 'Pause', resume: 'Resume', save: 'Save', open: 'Open…',
  cpu: 'CPU use', memory: 'Memory', threads: 'Threads', files: 'Open files', disk: 'Disk I/O', network: 'Network',
  pressure: 'Waiting for resources', of: 'of', cpus: 'CPUs', peak: 'peak', functions: 'Functions', figures: 'Figures',
  filter: 'Filter functions', none: 'No function is annotated yet: put #[resmon::timed] on one.', most: 'more; filter to see them',
  process: 'this process', machine: 'machine', resident: 'resident', heap: 'heap', limit: 'limit', read: 'read', io: 'I/O',
  write: 'write', receive: 'receive', send: 'send', up: 'up', own: 'resmon itself', cost: 'of a core', looking: 'samples here', view: 'view',
  since: 'since the start', in: 'from {} to {}', whole: 'Since the start', close: 'Close', latency: 'Duration of calls', rates: 'Calls a second',
  failed: 'errors and panics', prom: 'The same in Prometheus', hint: 'Drag over a chart, or press Enter at two places of it, to see what ran then; Escape goes back.', theme: 'Light or dark',
  unreadable: 'That file is not a saved view.', gone: 'The program does not answer.', mark: 'from', idle: 'No function was called then.', unmatched: 'No function of that name.',
  columns: {
    name: 'Function', spark: 'Last minute', calls: 'Calls', rate: '/s', errors: 'Errors', panics: 'Panics', cancelled: 'Cancelled', in_flight: 'In flight',
    p50: 'p50', p95: 'p95', p99: 'p99', max: 'Max', total: 'Total', share: 'Share', cpu: 'CPU', allocated_bytes: 'Allocated'
  },
  groups: ['Process', 'This program\'s own', 'Machine', 'Container', 'resmon']
}
const ko = {
  live: '실시간', paused: '멈춤', lost: '다시 연결 중', saved: '저장된 화면', all: '전체', pause: '멈추기', resume: '계속', save: '저장', open: '열기…',
  cpu: 'CPU 사용률', memory: '메모리 사용량', threads: '스레드', files: '열린 파일', disk: '디스크 입출력', network: '네트워크',
  pressure: '자원 대기', of: '/', cpus: 'CPU', peak: '최고', functions: '함수', figures: '값',
  filter: '함수 찾기', none: '아직 표시된 함수가 없습니다: #[resmon::timed]를 붙여 보세요.', most: '개 더 있음: 찾아서 보세요',
  process: '이 프로세스', machine: '컴퓨터 전체', resident: '상주 메모리', heap: '힙', limit: '한도', read: '읽기', io: '입출력',
  write: '쓰기', receive: '받기', send: '보내기', up: '가동', own: 'resmon 자체', cost: '(코어 하나 기준)', looking: '개 표본', view: '보기',
  since: '시작부터', in: '{}부터 {}까지', whole: '시작부터 보기', close: '닫기', latency: '호출 시간', rates: '초당 호출',
  failed: '오류와 패닉', prom: 'Prometheus에서 같은 질문', hint: '차트를 끌거나 두 곳에서 Enter를 누르면 그때 실행된 함수를 봅니다. Escape로 돌아갑니다.', theme: '밝게 또는 어둡게',
  unreadable: '저장된 화면 파일이 아닙니다.', gone: '프로그램이 응답하지 않습니다.', mark: '시작', idle: '그때 호출된 함수가 없습니다.', unmatched: '그런 이름의 함수가 없습니다.',
  columns: {
    name: '함수', spark: '최근 1분', calls: '호출', rate: '초당', errors: '오류', panics: '패닉', cancelled: '취소', in_flight: '실행 중',
    p50: 'p50', p95: 'p95', p99: 'p99', max: '최대', total: '합계', share: '비중', cpu: 'CPU', allocated_bytes: '할당'
  },
  groups: ['프로세스', '프로그램 자체', '컴퓨터', '컨테이너', 'resmon']
}
export const TEXT = { en, ko }
