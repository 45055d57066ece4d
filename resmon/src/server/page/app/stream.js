// What comes from the program, and what was saved of it.
import { S, key, url } from './state.js'

const KEPT = 8000, PART = 2, PARTS = 30
const title = f => f.function + (Object.keys(f.labels).length ? `{${Object.entries(f.labels).map(([k, v]) => `${k}=${JSON.stringify(v)}`).join()}}` : '')

function add (list) {
  let own = false
  for (const s of list) {
    if (S.index.has(key(s))) continue
    S.index.set(key(s), S.series.length)
    S.series.push(s); S.values.push(S.times.map(() => null))
    own = own || s.own
  }
  return own
}
export const named = f => ({ ...f, title: title(f), spark: f.spark || S.functions.get(f.id)?.spark || Array(PARTS).fill(0) })
// Counts what was called since the last time into the last part of the minute.
let part = 0
function move (time) {
  const now = Math.floor(time / PART), by = Math.min(PARTS, now - part)
  part = now
  if (by > 0) for (const f of S.functions.values()) f.spark = [...f.spark.slice(by), ...Array(by).fill(0)]
}
function merge (list, first, missed) {
  for (const f of list) {
    const before = S.functions.get(f.id)?.calls ?? (first ? f.calls : 0), one = named(f)
    // When they were called that were missed for a while is not known.
    if (!missed) one.spark[PARTS - 1] += Math.max(0, f.calls - before)
    S.functions.set(f.id, one)
  }
}
export function begin (d) {
  Object.assign(S, { about: d.about, series: [], index: new Map(), values: [], times: d.times, functions: new Map(), last: d.sequence, window: null, zoom: null })
  add(d.series)
  d.values.forEach(([i, column]) => { S.values[i] = column })
  // Of what has no past there is the present.
  const last = S.times.length - 1
  if (d.now && last >= 0) S.values.forEach((column, i) => { column[last] ??= d.now[i] ?? null })
  part = Math.floor((d.times.at(-1) || 0) / PART)
  merge(d.functions, true)
}
// Whether there are figures of the program's own that were not there before.
function goOn (d) {
  if (d.sequence <= S.last) return false
  const own = d.series ? add(d.series) : false
  for (const row of d.rows.slice(Math.max(0, d.rows.length - (d.sequence - S.last)))) {
    if (row.gap && S.times.length) { S.times.push(row.time - 1e-3); S.values.forEach(column => column.push(null)) }
    S.times.push(row.time)
    S.values.forEach((column, i) => column.push(row.values[i] ?? null))
  }
  S.last = d.sequence
  if (S.times.length > KEPT) { S.times.splice(0, KEPT / 8); S.values.forEach(column => column.splice(0, KEPT / 8)) }
  move(S.times.at(-1)); merge(d.functions, false, d.rows.length > 25)
  return own
}
let stream, again
export function listen (began, ticked, lost) {
  stream = new EventSource(url('api/v1/stream'))
  stream.addEventListener('start', event => { begin(JSON.parse(event.data)); S.state = 'live'; began(true) })
  stream.addEventListener('tick', event => { const own = goOn(JSON.parse(event.data)); S.state = 'live'; own ? began(false) : ticked() })
  stream.onerror = () => { S.state = 'lost'; lost(); if (stream.readyState === 2) again = setTimeout(listen, 3000, began, ticked, lost) }
}
export const stop = () => { stream?.close(); clearTimeout(again) }
