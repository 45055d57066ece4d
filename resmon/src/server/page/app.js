'use strict'
const $ = id => document.getElementById(id)
const TEXT = {
  en: {
    live: 'live', paused: 'paused', lost: 'reconnecting', all: 'all', pause: 'Pause', resume: 'Resume', save: 'Save',
    cpu: 'CPU use', memory: 'Memory', threads: 'Threads', files: 'Open files', disk: 'Disk I/O', network: 'Network',
    pressure: 'Waiting for resources', of: 'of', cpus: 'CPUs', peak: 'peak', functions: 'Functions', figures: 'Figures',
    filter: 'Filter functions', none: 'No function is annotated yet: put #[resmon::timed] on one.',
    names: ['Function', 'Calls', '/s', 'Errors', 'Panics', 'Cancelled', 'In flight', 'p50', 'p95', 'p99', 'Max', 'Total', 'Share'],
    process: 'this process', machine: 'machine', resident: 'resident', heap: 'heap', limit: 'limit', read: 'read',
    write: 'write', receive: 'receive', send: 'send', up: 'up', own: 'resmon itself', cost: 'of a core', view: 'this view as',
    groups: ['Process', 'This program\'s own', 'Machine', 'Container', 'resmon']
  },
  ko: {
    live: '실시간', paused: '멈춤', lost: '다시 연결 중', all: '전체', pause: '멈추기', resume: '계속', save: '저장',
    cpu: 'CPU 사용률', memory: '메모리 사용량', threads: '스레드', files: '열린 파일', disk: '디스크 입출력', network: '네트워크',
    pressure: '자원 대기', of: '/', cpus: 'CPU', peak: '최고', functions: '함수', figures: '값',
    filter: '함수 찾기', none: '아직 표시된 함수가 없습니다: #[resmon::timed]를 붙여 보세요.',
    names: ['함수', '호출', '초당', '오류', '패닉', '취소', '실행 중', 'p50', 'p95', 'p99', '최대', '합계', '비중'],
    process: '이 프로세스', machine: '컴퓨터 전체', resident: '상주 메모리', heap: '힙', limit: '한도', read: '읽기',
    write: '쓰기', receive: '받기', send: '보내기', up: '가동', own: 'resmon 자체', cost: '(코어 하나 기준)', view: '이 화면을',
    groups: ['프로세스', '프로그램 자체', '컴퓨터', '컨테이너', 'resmon']
  }
}
const RANGES = [60, 300, 3600, 0]
const KEPT = 3600
let lang = (navigator.language || '').startsWith('ko') ? 'ko' : 'en'
let t = TEXT[lang]
let about = {}, series = [], index = new Map(), times = [], values = [], functions = new Map()
let range = 60, zoom = null, paused = false, sort = { by: 11, down: true }, charts = [], last = 0, state = 'lost'

// ---- numbers for people ----
const scaled = (value, base, units) => {
  let i = 0
  while (Math.abs(value) >= base && i < units.length - 1) { value /= base; i++ }
  return (i && Math.abs(value) < 100 ? value.toFixed(1) : Math.round(value * 10) / 10) + ' ' + units[i]
}
const bytes = v => scaled(v, 1024, ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'])
const rate = v => bytes(v) + '/s'
const percent = v => (v * 100).toFixed(v < .1 ? 1 : 0) + ' %'
const count = v => Math.abs(v) < 1e4 ? String(Math.round(v * 100) / 100) : scaled(v, 1000, ['', 'k', 'M', 'G', 'T'])
const time = v => v == null ? '–' : v < 1e-6 ? (v * 1e9).toFixed(0) + ' ns' : v < 1e-3 ? (v * 1e6).toPrecision(3) + ' µs'
  : v < 1 ? (v * 1e3).toPrecision(3) + ' ms' : v < 120 ? v.toPrecision(3) + ' s' : span(v)
const span = s => {
  const d = Math.floor(s / 86400), h = Math.floor(s / 3600) % 24, m = Math.floor(s / 60) % 60
  return d ? `${d} d ${h} h` : h ? `${h} h ${m} min` : m ? `${m} min ${Math.floor(s % 60)} s` : `${Math.floor(s)} s`
}
const WRITE = { bytes, ratio: percent, seconds: time, bytes_per_second: rate, celsius: v => v.toFixed(1) + ' °C', count }
const written = (s, v) => v == null ? '–' : s.unit === 'seconds' && s.name.endsWith('_time_seconds') ? new Date(v * 1e3).toISOString() : WRITE[s.unit](v)

// ---- elements: text is always text ----
const el = (name, options = {}, ...children) => {
  const node = document.createElement(name)
  for (const [key, value] of Object.entries(options)) key in node ? node[key] = value : node.setAttribute(key, value)
  node.append(...children)
  return node
}
const key = s => s.name + Object.entries(s.labels).map(([k, v]) => `{${k}=${v}}`).join('')
const at = (name, labels = {}) => index.get(key({ name, labels }))
const now = (name, labels) => { const i = at(name, labels); return i == null ? null : values[i][times.length - 1] ?? null }
const where = (name, test = () => true) => series.map((s, i) => [s, i]).filter(([s]) => s.name === name && test(s)).map(([, i]) => i)

// ---- what is drawn ----
const sum = columns => times.map((_, i) => {
  let all = null
  for (const column of columns) if (column[i] != null) all = (all || 0) + column[i]
  return all
})
const gained = i => values[i].map((v, j) => {
  const before = values[i][j - 1], dt = times[j] - times[j - 1]
  return v == null || before == null || v < before || !(dt > 0) ? null : (v - before) / dt
})
const plain = name => { const i = at(name); return i == null ? null : values[i] }
const outside = s => s.labels.device !== 'lo'
const total = (name, labels) => { const i = at(name, labels); return i == null ? null : gained(i) }
const limit = () => {
  const all = where('resmon_memory_limit_bytes').map(i => values[i][times.length - 1]).filter(v => v)
  const least = Math.min(...all), most = Math.max(0, ...(plain('process_resident_memory_bytes') || []))
  return least <= most * 3 ? times.map(() => least) : null
}
const PANELS = [
  { id: 'cpu', write: percent, lines: () => [['process', plain('process_cpu_utilization_ratio')], ['machine', plain('system_cpu_utilization_ratio')]] },
  { id: 'memory', write: bytes, lines: () => [['resident', plain('process_resident_memory_bytes')], ['heap', plain('process_heap_bytes')], ['limit', limit()]] },
  { id: 'disk', write: rate, lines: () => ['read', 'write'].map(way => [way, total('process_disk_io_bytes_total', { disk_io_direction: way })]) },
  { id: 'network', write: rate, lines: () => [['receive', 'receive'], ['send', 'transmit']].map(([word, way]) => {
    const all = where(`system_network_${way}_bytes_per_second`, outside)
    return [word, all.length ? sum(all.map(i => values[i])) : null]
  }) }
]
const custom = () => series.filter(s => s.own).slice(0, 12).map(s => ({
  id: key(s), title: key(s), write: s.kind === 'counter' ? v => count(v) + '/s' : WRITE[s.unit],
  lines: () => [['', s.kind === 'counter' ? gained(at(s.name, s.labels)) : values[at(s.name, s.labels)]]]
}))

const css = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim()
const bounds = () => {
  const end = times[times.length - 1] || 0
  return zoom || [range ? end - range : times[0] || end - 60, end]
}
function chart (panel) {
  const title = el('h2'), text = el('p', { className: 'soft now' }), plot = el('div', { role: 'img' })
  const node = el('figure', { className: 'card' }, el('figcaption', {}, title, text), plot)
  const self = { panel, node, title, text, plot, shown: '', drawn: null }
  self.update = () => {
    const lines = panel.lines().filter(([, column]) => column && column.some(v => v != null))
    node.hidden = !lines.length
    if (!lines.length) return
    title.textContent = panel.title || t[panel.id]
    text.replaceChildren(...lines.map(([word, column], i) => el('span', { className: word === 'limit' ? 'key bad' : 'key k' + i },
      `${word ? t[word] + ' ' : ''}${panel.write(column.findLast(v => v != null))} `)))
    plot.setAttribute('aria-label', `${title.textContent}: ${text.textContent}`)
    const shown = lang + lines.map(([word]) => word).join() + plot.clientWidth + matchMedia('(prefers-color-scheme:dark)').matches
    if (shown !== self.shown) { if (self.drawn) self.drawn.destroy(); self.drawn = draw(self, lines); self.shown = shown }
    const [min, max] = bounds()
    self.drawn.setData([times, ...lines.map(([, column]) => column)], false)
    self.drawn.setScale('x', { min, max })
  }
  return self
}
const BINARY = Array.from({ length: 60 }, (_, i) => 2 ** i)
const clock = (u, splits) => splits.map(v => new Date(v * 1e3).toLocaleTimeString('en-GB', range && range < 3600 || zoom ? {} : { hour: '2-digit', minute: '2-digit' }))
function draw (self, lines) {
  const axis = { stroke: css('--soft'), grid: { stroke: css('--line'), width: 1 }, ticks: { show: false }, font: '12px system-ui' }
  return new uPlot({
    width: self.plot.clientWidth || 400, height: 176, legend: { show: false },
    cursor: { sync: { key: 'resmon' }, drag: { x: true, y: false } },
    hooks: { setSelect: [u => {
      if (u.select.width > 4) { zoom = [u.posToVal(u.select.left, 'x'), u.posToVal(u.select.left + u.select.width, 'x')]; u.setSelect({ width: 0 }, false); show() }
    }], ready: [u => u.over.addEventListener('dblclick', () => { zoom = null; show() })] },
    scales: { y: { range: (u, min, max) => [Math.min(0, min || 0), Math.max(max * 1.08 || 0, self.panel.write === percent ? .05 : 1e-9)] } },
    axes: [{ ...axis, values: clock, space: 70, size: 28 }, { ...axis, size: 76, ...[bytes, rate].includes(self.panel.write) ? { incrs: BINARY } : {}, values: (u, splits) => splits.map(v => self.panel.write(v)) }],
    series: [{}, ...lines.map(([word], i) => ({
      label: t[word] || word, stroke: css(word === 'limit' ? '--bad' : `--line${i}`), width: 1.6,
      dash: word === 'limit' ? [6, 4] : i ? [9, 2] : undefined, points: { show: false }, spanGaps: false
    }))]
  }, [times, ...lines.map(([, column]) => column)], self.plot)
}

// ---- the parts of the page ----
function tiles () {
  const cores = now('resmon_cpu_limit_cores'), share = now('process_cpu_utilization_ratio')
  const rss = now('process_resident_memory_bytes'), fds = now('process_open_fds'), most = now('process_max_fds')
  const io = ['read', 'write'].map(way => (total('process_disk_io_bytes_total', { disk_io_direction: way }) || []).at(-1))
  const all = [
    [t.cpu, share == null ? '–' : percent(share), cores ? `${t.of} ${count(cores)} ${t.cpus}` : '', share],
    [t.memory, rss == null ? '–' : bytes(rss), `${t.peak} ${bytes(now('process_resident_memory_peak_bytes') || rss || 0)}`, now('process_memory_utilization_ratio')],
    [t.threads, count(now('process_threads') ?? 0), '', null],
    [t.files, count(fds ?? 0), most ? `${t.of} ${count(most)}` : '', most ? fds / most : null],
    [t.disk, io[0] == null ? '–' : rate(io[0]), `${t.read}; ${t.write} ${io[1] == null ? '–' : rate(io[1])}`, null]
  ]
  $('tiles').replaceChildren(...all.map(([label, value, note, part]) => el('div', { className: 'tile' }, label, el('b', {}, value), el('small', {}, note),
    ...part == null ? [] : [el('meter', { value: Math.min(1, part), ariaLabel: label })])))
  $('summary').dataset.text = all.map(([label, value]) => `${label} ${value}`).join(', ')
}
const CELLS = [
  f => f.function, f => f.calls, f => f.rate ?? 0, f => f.errors, f => f.panics, f => f.cancelled, f => f.in_flight ?? -1,
  f => f.p50 ?? -1, f => f.p95 ?? -1, f => f.p99 ?? -1, f => f.max ?? -1, f => f.total, f => f.total
]
const SHOWN = [null, f => count(f.calls), f => f.rate == null ? '–' : count(+f.rate.toPrecision(3)), f => count(f.errors), f => count(f.panics), f => count(f.cancelled),
  f => f.in_flight ?? '–', f => time(f.p50), f => time(f.p95), f => time(f.p99), f => time(f.max), f => time(f.total)]
function table () {
  const filter = $('filter').value.toLowerCase(), all = [...functions.values()]
  const whole = all.reduce((sum, f) => Math.max(sum, f.total), 0)
  const cell = CELLS[sort.by], order = sort.down ? -1 : 1
  const rows = all.filter(f => (f.title + ' ' + f.module).toLowerCase().includes(filter))
    .sort((a, b) => order * (cell(a) < cell(b) ? -1 : cell(a) > cell(b) ? 1 : 0) || (a.title < b.title ? -1 : 1)).slice(0, 300)
  const head = document.querySelector('#functions thead tr')
  head.replaceChildren(...t.names.map((name, i) => el('th', { scope: 'col', ariaSort: sort.by === i ? sort.down ? 'descending' : 'ascending' : 'none' },
    el('button', { onclick: () => { sort = { by: i, down: sort.by === i ? !sort.down : i > 0 }; table() } }, name))))
  const body = document.querySelector('#functions tbody')
  if (!all.length) return body.replaceChildren(el('tr', {}, el('td', { colSpan: t.names.length, className: 'none' }, t.none)))
  body.replaceChildren(...rows.map(f => el('tr', {},
    el('th', { scope: 'row' }, el('code', {}, f.title), el('small', {}, f.module)),
    ...SHOWN.slice(1).map((text, i) => el('td', { className: (i === 2 && f.errors || i === 3 && f.panics) ? 'bad' : '' }, String(text(f)))),
    el('td', {}, el('meter', { value: whole ? f.total / whole : 0, ariaLabel: t.names[12] })))))
}
function figures () {
  const open = new Set([...document.querySelectorAll('#figures details[open]')].map(d => d.dataset.group))
  const group = s => s.own ? 1 : /^(node_|system_)/.test(s.name) ? 2 : /^container_/.test(s.name) ? 3 : /^resmon_/.test(s.name) ? 4 : 0
  document.querySelector('#figures .groups').replaceChildren(...t.groups.map((title, g) => {
    const rows = series.filter(s => group(s) === g && values[index.get(key(s))].at(-1) != null)
    const node = el('details', { className: 'card', hidden: !rows.length, open: open.has(String(g)) }, el('summary', {}, title, el('small', {}, ` ${rows.length}`)))
    node.dataset.group = g
    if (open.has(String(g))) node.append(el('table', {}, el('tbody', {}, ...rows.map(s => el('tr', { title: s.help },
      el('th', { scope: 'row' }, el('code', {}, s.name), el('small', {}, Object.entries(s.labels).map(([k, v]) => `${k}=${v}`).join(', '))),
      el('td', {}, written(s, values[index.get(key(s))].at(-1))))))))
    node.addEventListener('toggle', figures, { once: true })
    return node
  }))
}
function heading () {
  document.documentElement.lang = lang
  document.title = `${about.program || 'resmon'} · resmon`
  $('program').textContent = about.program || 'resmon'
  const facts = [`pid ${about.pid}`, about.host, `${t.up} ${span(now('process_uptime_seconds') || 0)}`, `resmon ${about.version}`]
  $('facts').replaceChildren(...facts.map(fact => el('li', {}, fact)))
  document.body.dataset.state = paused ? 'paused' : state
  $('live').textContent = t[paused ? 'paused' : state]
  $('pause').textContent = paused ? t.resume : t.pause
  $('pause').ariaPressed = paused
  $('language').textContent = lang === 'ko' ? 'English' : '한국어'
  document.querySelector('#save summary').textContent = t.save
  document.querySelector('#functions h2').textContent = `${t.functions} ${functions.size || ''}`
  document.querySelector('#figures h2').textContent = t.figures
  $('filter').placeholder = $('filter').ariaLabel = t.filter
  $('ranges').replaceChildren(...RANGES.map(r => el('button', { ariaPressed: !zoom && range === r, onclick: () => { range = r; zoom = null; show() } },
    r === 60 ? '60 s' : r === 300 ? '5 min' : r ? '1 h' : t.all)))
  const cost = total('resmon_sampler_cpu_seconds_total')
  const share = cost && cost.slice(-30).filter(v => v != null)
  $('footer').textContent = share && share.length ? `${t.own}: ${(share.reduce((a, b) => a + b) / share.length * 100).toFixed(2)} % ${t.cost}` : ''
}
let due = false
function show () {
  if (due) return
  due = true
  requestAnimationFrame(() => {
    due = false
    heading()
    if (!times.length) return
    tiles(); table(); charts.forEach(c => c.update()); figures()
  })
}
function panels () {
  charts.forEach(c => c.drawn && c.drawn.destroy())
  charts = [...PANELS, ...custom()].map(chart)
  $('charts').replaceChildren(...charts.map(c => c.node))
}

// ---- what comes from the program ----
function add (list) {
  for (const s of list) if (!index.has(key(s))) { index.set(key(s), series.length); series.push(s); values.push(times.map(() => null)) }
}
const merge = list => { for (const f of list) { f.title = f.function + Object.entries(f.labels).map(([k, v]) => `{${k}=${v}}`).join(''); functions.set(f.module + ' ' + f.title, f) } }
function start (event) {
  const d = JSON.parse(event.data)
  about = d.about; series = []; index = new Map(); values = []; times = d.times; functions = new Map()
  add(d.series)
  d.values.forEach(([i, column]) => { values[i] = column })
  merge(d.functions); last = d.sequence; state = 'live'
  panels(); show()
}
function tick (event) {
  const d = JSON.parse(event.data)
  if (d.sequence <= last) return
  last = d.sequence
  if (d.series) { const own = d.series.some(s => s.own); add(d.series); if (own) panels() }
  if (d.gap && times.length) { times.push(d.time - 1e-3); values.forEach(column => column.push(null)) }
  times.push(d.time)
  values.forEach((column, i) => column.push(d.values[i] ?? null))
  if (times.length > KEPT) { times.splice(0, 600); values.forEach(column => column.splice(0, 600)) }
  merge(d.functions); state = 'live'
  if (!paused) show()
}
function listen () {
  const stream = new EventSource('api/v1/stream')
  stream.addEventListener('start', start)
  stream.addEventListener('tick', tick)
  stream.onerror = () => { state = 'lost'; heading(); if (stream.readyState === 2) setTimeout(listen, 3000) }
}
const file = (name, type, text) => {
  const url = URL.createObjectURL(new Blob([text], { type })), a = el('a', { href: url, download: name })
  a.click(); setTimeout(() => URL.revokeObjectURL(url), 1e4)
}
const within = () => { const [min, max] = bounds(); return times.map((v, i) => i).filter(i => times[i] >= min && times[i] <= max) }
const SAVE = {
  PNG: () => window.open('chart.png?' + query(), '_blank'), SVG: () => window.open('chart.svg?' + query(), '_blank'),
  CSV: () => {
    const quoted = v => v == null ? '' : /[",\n]/.test(v) ? `"${String(v).replaceAll('"', '""')}"` : v
    const rows = within().map(i => [times[i], ...values.map(column => column[i])])
    file('resmon.csv', 'text/csv', [['time', ...series.map(key)], ...rows].map(row => row.map(quoted).join()).join('\n') + '\n')
  },
  JSON: () => { const all = within(); file('resmon.json', 'application/json', JSON.stringify({ about, times: all.map(i => times[i]), series: series.map((s, k) => ({ ...s, values: all.map(i => values[k][i]) })), functions: [...functions.values()] })) }
}
const query = () => { const [min, max] = bounds(); return new URLSearchParams({ last: Math.max(1, Math.round(max - min)), theme: matchMedia('(prefers-color-scheme:dark)').matches ? 'dark' : 'light', lang }) }
document.querySelector('#save .menu').append(...Object.entries(SAVE).map(([name, save]) => el('button', { onclick: save }, name)))
$('pause').onclick = () => { paused = !paused; paused ? heading() : show() }
$('language').onclick = () => { lang = lang === 'ko' ? 'en' : 'ko'; t = TEXT[lang]; show() }
$('filter').oninput = table
matchMedia('(prefers-color-scheme:dark)').addEventListener('change', show)
addEventListener('resize', show)
setInterval(() => { $('summary').textContent = $('summary').dataset.text || '' }, 30000)
heading(); listen()
