// The functions: since the start, or in the time that is zoomed in on.
import { S, t } from './state.js'
import { $, all, el, isSeen, look, put, set, svg } from './elements.js'
import { bytes, count, time, clock } from './numbers.js'

const MOST = 300
const or = write => v => v == null ? '–' : write(v)
// Of each column: what it is sorted by, how it is written, and for which values it is there.
const COLUMNS = {
  name: [f => f.title],
  spark: [f => f.spark.reduce((a, b) => a + b, 0)],
  calls: [f => f.calls, count],
  rate: [f => f.rate, or(v => count(+v.toPrecision(3)))],
  errors: [f => f.errors, count],
  panics: [f => f.panics, count, v => v > 0],
  cancelled: [f => f.cancelled, count, v => v > 0],
  in_flight: [f => f.in_flight, or(count), v => v != null],
  p50: [f => f.p50, or(time)],
  p95: [f => f.p95, or(time)],
  p99: [f => f.p99, or(time)],
  max: [f => f.max, or(time)],
  total: [f => f.max == null ? null : f.total, or(time)],
  share: [f => f.total],
  cpu: [f => f.cpu, or(time), v => v != null],
  allocated_bytes: [f => f.allocated_bytes, or(bytes), v => v != null]
}
let sort = { by: 'total', down: true }, rows = new Map(), columns = [], open = () => {}

// The last part is not over yet.
function line (spark) {
  const parts = spark.slice(0, -1), most = Math.max(1, ...parts)
  return parts.map((v, i) => `${i ? 'L' : 'M'}${(i * 80 / (parts.length - 1)).toFixed(1)} ${(17 - v / most * 15).toFixed(1)}`).join('')
}
function row (f) {
  const name = el('button', { onclick: () => open(f.id) }, el('code', {}, f.title))
  const node = el('tr', {}, el('th', { scope: 'row' }, name, el('small', {}, f.module)))
  const cells = columns.slice(1).map(id => {
    const cell = el('td')
    if (id === 'spark') cell.append(svg('svg', { viewBox: '0 0 80 18', 'aria-hidden': 'true' }, svg('path', {})))
    if (id === 'share') cell.append(el('meter', { ariaLabel: t().columns.share }))
    node.append(cell)
    return cell
  })
  return { node, cells, spark: '' }
}
function fill (one, f, whole) {
  const [name, module] = one.node.firstChild.children
  put(name.firstChild, f.title); put(module, f.module)
  columns.slice(1).forEach((id, i) => {
    const cell = one.cells[i]
    if (id === 'spark') {
      const d = line(f.spark)
      if (d !== one.spark) cell.firstChild.firstChild.setAttribute('d', one.spark = d)
    } else if (id === 'share') set(cell.firstChild, 'value', whole ? f.total / whole : 0)
    else {
      put(cell, COLUMNS[id][1](COLUMNS[id][0](f)))
      if (id === 'errors' || id === 'panics') set(cell, 'className', COLUMNS[id][0](f) ? 'bad' : '')
    }
  })
}
function head (known) {
  const shown = Object.keys(COLUMNS).filter(id => !COLUMNS[id][2] || known.some(f => COLUMNS[id][2](COLUMNS[id][0](f))))
  const sorting = id => sort.by === id ? sort.down ? 'descending' : 'ascending' : 'none'
  if (shown.join() !== columns.join()) { columns = shown; rows = new Map() }
  const row = all('#functions thead tr')[0]
  if (row.children.length !== columns.length) {
    row.replaceChildren(...columns.map(id => el('th', { scope: 'col' }, el('button', {
      onclick: () => { sort = { by: id, down: sort.by === id ? !sort.down : id !== 'name' }; table() }
    }))))
  }
  columns.forEach((id, i) => {
    set(row.children[i], 'ariaSort', sorting(id))
    put(row.children[i].firstChild, t().columns[id])
  })
}
export const whenOpened = then => { open = then }
export function table () {
  const words = t(), known = S.window ? S.window.functions : [...S.functions.values()]
  put(all('#functions h2')[0], `${words.functions} ${known.length || ''}`)
  put($('when'), S.window ? words.in.replace('{}', clock(S.window.from)).replace('{}', clock(S.window.to)) : words.since)
  const body = all('#functions tbody')[0]
  head(known)
  const nothing = text => body.replaceChildren(el('tr', {}, el('td', { colSpan: columns.length, className: 'none' }, text)))
  if (!known.length) return nothing(S.window ? words.idle : words.none)
  const filter = $('filter').value.toLowerCase(), whole = known.reduce((sum, f) => Math.max(sum, f.total), 0)
  const cell = COLUMNS[sort.by][0], order = sort.down ? -1 : 1
  const value = f => cell(f) ?? -1
  const found = known.filter(f => (f.title + ' ' + f.module).toLowerCase().includes(filter))
    .sort((a, b) => order * (value(a) < value(b) ? -1 : value(a) > value(b) ? 1 : 0) || (a.title < b.title ? -1 : 1))
  if (!found.length) return nothing(words.unmatched)
  const nodes = found.slice(0, MOST).map(f => {
    let one = rows.get(f.id)
    if (!one) rows.set(f.id, one = row(f))
    fill(one, f, whole)
    return one.node
  })
  if (found.length > MOST) nodes.push(el('tr', {}, el('td', { colSpan: columns.length, className: 'none' }, `${found.length - MOST} ${words.most}`)))
  // Rows are moved only where their order is another.
  if (nodes.length !== body.children.length || nodes.some((node, i) => node !== body.children[i])) {
    const held = document.activeElement
    body.replaceChildren(...nodes)
    if (held && body.contains(held)) held.focus()
  }
}
// With the samples, every other second at most, while it is seen.
let next = 0
export function tableGoesOn () {
  const section = $('functions')
  if (!next) look(section, table)
  if (!isSeen(section) || Date.now() < next) return
  next = Date.now() + 1900
  table()
}
