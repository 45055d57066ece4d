// The most important figures, now.
import { t, now, pace } from './state.js'
import { $, el, put, set } from './elements.js'
import { bytes, rate, percent, count } from './numbers.js'

export function tiles () {
  const words = t(), or = (v, write) => v == null ? '–' : write(v)
  const cores = now('resmon_cpu_limit_cores'), share = now('process_cpu_utilization_ratio')
  const rss = now('process_resident_memory_bytes'), fds = now('process_open_fds'), most = now('process_max_fds')
  const [read, write] = ['read', 'write'].map(way => pace('process_disk_io_bytes_total', { disk_io_direction: way }))
  const all = [
    [words.cpu, or(share, percent), cores ? `${words.of} ${count(cores)} ${words.cpus}` : '', share],
    [words.memory, or(rss, bytes), `${words.peak} ${or(now('process_resident_memory_peak_bytes') ?? rss, bytes)}`, now('process_memory_utilization_ratio')],
    [words.threads, or(now('process_threads'), count), '', null],
    [words.files, or(fds, count), most ? `${words.of} ${count(most)}` : '', most ? fds / most : null],
    [words.disk, or(read, rate), `${words.read}; ${words.write} ${or(write, rate)}`, null]
  ]
  const box = $('tiles')
  while (box.children.length < all.length) box.append(el('div', { className: 'tile' }, el('span'), el('b'), el('small'), el('meter', { hidden: true })))
  all.forEach(([label, value, note, part], i) => {
    const [name, number, small, meter] = box.children[i].children
    put(name, label); put(number, value); put(small, note)
    set(meter, 'hidden', part == null); set(meter, 'ariaLabel', label)
    if (part != null) set(meter, 'value', Math.min(1, part))
  })
  $('summary').dataset.text = all.map(([label, value]) => `${label} ${value}`).join(', ')
}
