// Numbers as people read them.
const scaled = (value, base, units) => {
  let i = 0
  while (Math.abs(value) >= base && i < units.length - 1) { value /= base; i++ }
  return ((i && Math.abs(value) < 100 ? value.toFixed(1) : Math.round(value * 10) / 10) + ' ' + units[i]).trim()
}
export const bytes = v => scaled(v, 1024, ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'])
export const rate = v => bytes(v) + '/s'
export const percent = v => (v * 100).toFixed(v < .1 ? 1 : 0) + ' %'
export const count = v => Math.abs(v) < 1e4 ? String(Math.round(v * 100) / 100) : scaled(v, 1000, ['', 'k', 'M', 'G', 'T'])
export const each = v => count(+v.toPrecision(3)) + '/s'
export const span = s => {
  const d = Math.floor(s / 86400), h = Math.floor(s / 3600) % 24, m = Math.floor(s / 60) % 60
  return d ? `${d} d ${h} h` : h ? `${h} h ${m} min` : m ? `${m} min ${Math.floor(s % 60)} s` : `${Math.floor(s)} s`
}
const digits = (v, unit) => (v < 100 ? +v.toPrecision(3) : Math.round(v)) + unit
export const time = v => !v ? '0 s' : v < 1e-6 ? Math.round(v * 1e9) + ' ns' : v < 1e-3 ? digits(v * 1e6, ' µs') : v < 1 ? digits(v * 1e3, ' ms') : v < 120 ? digits(v, ' s') : span(v)
// Local time, 24 hours; Intl would take a millisecond each.
export const clock = (v, short) => new Date(v * 1e3).toTimeString().slice(0, short ? 5 : 8)

const UNITS = { bytes, ratio: percent, seconds: time, bytes_per_second: rate, celsius: v => v.toFixed(1) + ' °C', count }
export const inUnit = unit => UNITS[unit] || count
export const written = (s, v) => s.unit === 'seconds' && s.name.endsWith('_time_seconds') ? new Date(v * 1e3).toISOString() : inUnit(s.unit)(v)
