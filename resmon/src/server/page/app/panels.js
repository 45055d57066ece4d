// Which charts there are.
import { S, key, at, latest, plain, where, gained, total } from './state.js'
import { bytes, rate, percent, each, inUnit } from './numbers.js'

const MOST_OWN = 12
// What the kernel is asked every five seconds alone says nothing of a shorter time.
const HELD = 10

const sum = columns => S.times.map((_, i) => {
  let all = null
  for (const column of columns) if (column[i] != null) all = (all || 0) + column[i]
  return all
})
const outside = s => s.labels.device !== 'lo'
// Shown where it is near: far above, it would leave nothing to be seen of the rest.
const limit = () => {
  const least = Math.min(...where('resmon_memory_limit_bytes').map(latest).filter(v => v))
  let most = 0
  for (const v of plain('process_resident_memory_bytes') || []) if (v > most) most = v
  return least <= most * 3 ? S.times.map(() => least) : null
}
const PANELS = [
  { id: 'cpu', write: percent, lines: () => [['process', plain('process_cpu_utilization_ratio')], ['machine', plain('system_cpu_utilization_ratio')]] },
  { id: 'memory', write: bytes, lines: () => [['resident', plain('process_resident_memory_bytes')], ['heap', plain('process_heap_bytes')], ['limit', limit()]] },
  { id: 'disk', write: rate, lines: () => ['read', 'write'].map(way => [way, total('process_disk_io_bytes_total', { disk_io_direction: way })]) },
  {
    id: 'network',
    write: rate,
    lines: () => [['receive', 'receive'], ['send', 'transmit']].map(([word, way]) => {
      const all = where(`system_network_${way}_bytes_per_second`, outside)
      return [word, all.length ? sum(all.map(i => S.values[i])) : null]
    })
  },
  { id: 'pressure', write: percent, lines: () => [['CPU', 'cpu'], ['memory', 'memory'], ['io', 'io']].map(([word, what]) => [word, total(`node_pressure_${what}_waiting_seconds_total`, {}, HELD)]) }
]
const own = () => S.series.filter(s => s.own).slice(0, MOST_OWN).map(s => {
  const place = at(s.name, s.labels), counts = s.kind === 'counter'
  return { id: key(s), title: key(s), write: counts ? each : inUnit(s.unit), lines: () => [['', counts ? gained(place) : S.values[place]]] }
})
export const panels = () => [...PANELS, ...own()]
