// The view as a file, and a file as the view.
import { S, t, key, url, bounds, within } from './state.js'
import { $, all, el } from './elements.js'
import { begin, stop } from './stream.js'

const file = (name, type, text) => {
  const href = URL.createObjectURL(new Blob([text], { type })), a = el('a', { href, download: name })
  a.click(); setTimeout(() => URL.revokeObjectURL(href), 1e4)
}
const called = suffix => `${S.about.program || 'resmon'}-${new Date(bounds()[1] * 1e3).toISOString().slice(0, 19).replaceAll(':', '')}.${suffix}`
const quoted = v => v == null ? '' : /[",\n]/.test(v) ? `"${String(v).replaceAll('"', '""')}"` : v
const view = () => {
  const inside = within(), of = column => inside.map(i => column[i])
  return {
    resmon: 1, about: S.about, sequence: 0, times: of(S.times), series: S.series, values: S.values.map((column, i) => [i, of(column)]),
    functions: [...S.functions.values()], window: S.window
  }
}
function picture (kind) {
  const [from, to] = bounds(), dark = matchMedia('(prefers-color-scheme:dark)').matches
  const query = new URLSearchParams({ from, to, theme: dark ? 'dark' : 'light', lang: S.lang })
  for (const id of ['disk', 'network', 'pressure']) query.append('panel', id)
  window.open(url(`chart.${kind}?${query}`), '_blank')
}
const SAVE = {
  PNG: () => picture('png'),
  SVG: () => picture('svg'),
  CSV: () => {
    const rows = within().map(i => [S.times[i], ...S.values.map(column => column[i])])
    file(called('csv'), 'text/csv', [['time', ...S.series.map(key)], ...rows].map(row => row.map(quoted).join()).join('\n') + '\n')
  },
  JSON: () => file(called('json'), 'application/json', JSON.stringify(view())),
  // The page itself with what it shows: opens anywhere, without the program.
  HTML: async () => {
    const text = await fetch(url('')).then(r => r.text()).catch(() => alert(t().gone))
    const data = JSON.stringify(view()).replaceAll('<', '\\u003c')
    if (text) file(called('html'), 'text/html', text.replace('<script>', () => `<script type="application/json" id="saved">${data}</script><script>`))
  }
}
export function saving () {
  $('save').querySelector('.menu').replaceChildren(...Object.entries(SAVE).filter(([kind]) => S.state !== 'saved' && S.about.charts || !['PNG', 'SVG'].includes(kind))
    .filter(([kind]) => S.state !== 'saved' || kind !== 'HTML').map(([kind, save]) => el('button', { onclick: save }, kind)),
  el('button', { onclick: () => $('file').click() }, t().open))
}
function show (data, then) {
  const lists = ['times', 'series', 'values', 'functions']
  if (data?.resmon !== 1 || !data.about || !lists.every(name => Array.isArray(data[name])) || !data.times.length) return alert(t().unreadable)
  stop()
  begin(data)
  S.state = 'saved'; S.range = 0; S.paused = 0
  S.window = data.window
  S.zoom = data.window && [data.window.from, data.window.to]
  then()
}
// What was saved with the page is shown at once, and true is returned.
export function opening (then) {
  $('file').onchange = async () => {
    const [chosen] = $('file').files, text = await chosen?.text()
    $('file').value = ''
    try { show(JSON.parse(text), then) } catch { alert(t().unreadable) }
  }
  const [saved] = all('#saved')
  if (saved) show(JSON.parse(saved.textContent), then)
  return Boolean(saved)
}
