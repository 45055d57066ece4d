// The most important figures, now.
import { t, now, total } from './state.js'
import { $, el } from './elements.js'
import { bytes, rate, percent, count } from './numbers.js'

export function tiles () {
  const words = t(), or = (v, write) => v == null ? '–' : write(v)
  const cores = now('resmon_cpu_limit_cores'), share = now('process_cpu_utilization_ratio')
  const rss = now('process_resident_memory_bytes'), fds = now('process_open_fds'), most = now('process_max_fds')
  const [read, write] = ['read', 'write'].map(way => total('process_disk_io_bytes_total', { disk_io_direction: way })?.at(-1))
  const all = [
    [words.cpu, or(share, percent), cores ? `${words.of} ${count(cores)} ${words.cpus}` : '', share],
    [words.memory, or(rss, bytes), `${words.peak} ${or(now('process_resident_memory_peak_bytes') ?? rss, bytes)}`, now('process_memory_utilization_ratio')],
    [words.threads, or(now('process_threads'), count), '', null],
    [words.files, or(fds, count), most ? `${words.of} ${count(most)}` : '', most ? fds / most : null],
    [words.disk, or(read, rate), `${words.read}; ${words.write} ${or(write, rate)}`, null]
  ]
  $('tiles').replaceChildren(...all.map(([label, value, note, part]) => el('div', { className: 'tile' }, label, el('b', {}, value), el('small', {}, note),
    ...part == null ? [] : [el('meter', { value: Math.min(1, part), ariaLabel: label })])))
  $('summary').dataset.text = all.map(([label, value]) => `${label} ${value}`).join(', ')
}
