// What the page knows, and what it is looking at.
import { TEXT } from './words.js'

export const S = {
  about: {}, series: [], index: new Map(), times: [], values: [], functions: new Map(), last: 0,
  range: 60, zoom: null,
  // The time at which it was paused.
  paused: 0, state: 'lost', lang: (navigator.language || '').startsWith('ko') ? 'ko' : 'en',
  // The functions in the time that is zoomed in on.
  window: null
}
export const t = () => TEXT[S.lang]

// Where the program is, whatever it is mounted under.
export const url = path => location.pathname.replace(/\/?$/, '/') + path

export const key = s => s.name + Object.entries(s.labels).map(([k, v]) => `{${k}=${v}}`).join('')
export const at = (name, labels = {}) => S.index.get(key({ name, labels }))
export const latest = i => i == null ? null : S.values[i][S.times.length - 1] ?? null
export const now = (name, labels) => latest(at(name, labels))
export const plain = name => { const i = at(name); return i == null ? null : S.values[i] }
export const where = (name, test = () => true) => S.series.flatMap((s, i) => s.name === name && test(s) ? [i] : [])

// What a counter gained a second, over so many seconds at least; since a first reading that is held for a while tells nothing of the seconds.
export const gained = (i, over = 0) => {
  const column = S.values[i], times = S.times
  let first = 0
  return column.map((v, j) => {
    if (v == null) { first = j + 1; return null }
    while (first < j - 1 && times[j] - times[first + 1] >= over) first++
    const from = first < j ? first : j - 1, before = column[from], dt = times[j] - times[from]
    return before == null || v < before || !(dt > 0) || dt < over / 2 ? null : (v - before) / dt
  })
}
export const total = (name, labels, over) => { const i = at(name, labels); return i == null ? null : gained(i, over) }
// The same over the last so many samples alone.
export const pace = (name, labels, samples = 1) => {
  const column = S.values[at(name, labels)] || [], end = column.length - 1, from = Math.max(0, end - samples)
  const gain = column[end] - column[from], dt = S.times[end] - S.times[from]
  return column[end] == null || column[from] == null || gain < 0 || !(dt > 0) ? null : gain / dt
}

// The time that is looked at.
export const bounds = () => {
  const end = S.paused || S.times[S.times.length - 1] || 0
  return S.zoom || [S.range ? end - S.range : S.times[0] || end - 60, end]
}
export const within = () => { const [min, max] = bounds(); return S.times.flatMap((v, i) => v >= min && v <= max ? [i] : []) }
