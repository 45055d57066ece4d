//! What is written on charts.

use std::borrow::Cow;

/// A word or a few.
type Word = Cow<'static, str>;

/// The words on a chart; each may be replaced by the caller's own.
///
/// # Examples
///
/// ```
/// use resmon::chart::Words;
///
/// let mut words = Words::korean();
/// assert_eq!(words.cpu, "CPU 사용률");
/// words.cpu = "CPU".into();
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the words of one language say what the fields are")]
pub struct Words {
    pub cpu: Word,
    /// `{}` is how many CPUs the process may use.
    pub of_cpus: Word,
    pub memory: Word,
    pub disk: Word,
    pub network: Word,
    pub pressure: Word,
    pub figures: Word,
    pub functions: Word,
    pub time: Word,
    pub this_process: Word,
    pub machine: Word,
    pub resident: Word,
    pub heap: Word,
    pub limit: Word,
    pub read: Word,
    pub write: Word,
    pub receive: Word,
    pub send: Word,
    pub nothing: Word,
}

impl Words {
    /// English, which is the default.
    pub fn english() -> Self {
        Self {
            cpu: "CPU use".into(),
            of_cpus: "of {} CPUs".into(),
            memory: "Memory".into(),
            disk: "Disk I/O".into(),
            network: "Network".into(),
            pressure: "Waiting for resources".into(),
            figures: "Figures".into(),
            functions: "Functions, 95 % of calls".into(),
            time: "time".into(),
            this_process: "this process".into(),
            machine: "machine".into(),
            resident: "resident".into(),
            heap: "heap".into(),
            limit: "limit".into(),
            read: "read".into(),
            write: "write".into(),
            receive: "receive".into(),
            send: "send".into(),
            nothing: "no data".into(),
        }
    }

    /// Korean.
    pub fn korean() -> Self {
        Self {
            cpu: "CPU 사용률".into(),
            of_cpus: "CPU {}개".into(),
            memory: "메모리 사용량".into(),
            disk: "디스크 입출력".into(),
            network: "네트워크".into(),
            pressure: "대기 시간".into(),
            figures: "값".into(),
            functions: "함수 시간, p95".into(),
            time: "시간".into(),
            this_process: "이 프로세스".into(),
            machine: "컴퓨터 전체".into(),
            resident: "상주 메모리".into(),
            heap: "힙".into(),
            limit: "한도".into(),
            read: "읽기".into(),
            write: "쓰기".into(),
            receive: "받기".into(),
            send: "보내기".into(),
            nothing: "데이터 없음".into(),
        }
    }

    #[cfg(test)]
    pub(super) fn all(&self) -> [&Word; 18] {
        let Self { cpu, of_cpus, memory, disk, network, pressure, figures, time, .. } = self;
        let Self { this_process, machine, resident, heap, limit, read, write, .. } = self;
        let Self { receive, send, nothing, .. } = self;
        [
            of_cpus,
            cpu,
            memory,
            disk,
            network,
            pressure,
            figures,
            time,
            this_process,
            machine,
            resident,
            heap,
            limit,
            read,
            write,
            receive,
            send,
            nothing,
        ]
    }
}

impl Default for Words {
    fn default() -> Self {
        Self::english()
    }
}
