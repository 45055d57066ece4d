// The page: what is shown when.
import { S, t, url, now, pace } from './state.js'
import { $, all, el, put, set } from './elements.js'
import { clock, span } from './numbers.js'
import { TEXT } from './words.js'
import { chart } from './chart.js'
import { panels } from './panels.js'
import { tiles } from './tiles.js'
import { table, tableGoesOn, whenOpened } from './table.js'
import { detail, detailGoesOn, prepareDetail } from './detail.js'
import { figures } from './figures.js'
import { listen, named } from './stream.js'
import { saving, opening } from './save.js'

const RANGES = { '60 s': 60, '5 min': 300, '1 h': 3600, all: 0 }
let charts = []

function heading () {
  const words = t(), { about } = S, state = S.paused ? 'paused' : S.state
  set(document.documentElement, 'lang', S.lang)
  set(document, 'title', `${about.program || 'resmon'} · resmon`)
  put($('program'), about.program || 'resmon')
  const labels = (about.labels || []).map(([k, v]) => `${k}=${v}`)
  const facts = about.pid ? [`pid ${about.pid}`, about.host, `${words.up} ${span(now('process_uptime_seconds') || 0)}`, ...labels, `resmon ${about.version}`] : []
  const list = $('facts')
  while (list.children.length < facts.length) list.append(el('li'))
  facts.forEach((fact, i) => put(list.children[i], fact))
  set(document.body.dataset, 'state', state)
  document.body.dataset.samples = S.times.length
  put($('live'), words[state] + (state === 'saved' ? ` · ${new Date(S.times.at(-1) * 1e3).toLocaleString('en-GB')}` : ''))
  put($('pause'), S.paused ? words.resume : words.pause)
  set($('pause'), 'hidden', S.state === 'saved')
  put($('language'), S.lang === 'ko' ? 'English' : '한국어')
  put($('save').querySelector('summary'), words.save)
  put($('hint'), words.hint)
  put($('whole'), words.whole)
  set($('whole'), 'hidden', !S.zoom)
  set($('filter'), 'placeholder', words.filter); set($('filter'), 'ariaLabel', words.filter)
  set($('tools'), 'ariaLabel', words.view)
  all('#ranges button').forEach((button, i) => {
    put(button, button.value === '0' ? words.all : Object.keys(RANGES)[i])
    set(button, 'ariaPressed', String(!S.zoom && S.range === +button.value))
  })
  const cost = pace('resmon_sampler_cpu_seconds_total', {}, 30)
  put($('footer'), cost == null ? '' : `${words.own}: ${(cost * 100).toFixed(2)} % ${words.cost} · ${S.times.length} ${words.looking}`)
}
let due = false
// Now, whatever was shown a moment ago.
function showAll () { table(); show() }
function show () {
  if (due) return
  due = true
  requestAnimationFrame(() => {
    due = false
    heading()
    if (!S.times.length || document.hidden) return
    tiles(); tableGoesOn(); charts.forEach(c => c.update()); figures(); detailGoesOn()
  })
}
// Looks at a part of the time, and asks what the functions did in it.
async function zoom (from, to) {
  S.zoom = [from, to]; S.window = null
  show()
  if (S.state === 'saved') return
  const list = await fetch(url(`api/v1/functions?from=${from}&to=${to}`)).then(r => r.json()).catch(() => null)
  if (S.zoom?.[0] !== from) return
  if (!Array.isArray(list)) return alert(t().gone)
  S.window = { from, to, functions: list.filter(f => f.calls).map(named) }
  showAll()
}
function unzoom () { S.zoom = S.window = null; showAll() }
function begin () {
  charts.forEach(c => c.destroy())
  charts = panels().map(panel => chart(panel, zoom))
  charts.forEach(c => c.plot.addEventListener('dblclick', unzoom))
  $('charts').replaceChildren(...charts.map(c => c.node))
  saving(); showAll()
}

$('ranges').replaceChildren(...Object.values(RANGES).map(value => el('button', { value, onclick: () => { S.range = value; unzoom() } })))
$('pause').onclick = () => { S.paused = S.paused ? 0 : S.times.at(-1) || 0; showAll() }
$('language').onclick = () => { S.lang = Object.keys(TEXT).find(lang => lang !== S.lang); saving(); showAll() }
$('whole').onclick = unzoom
$('filter').oninput = table
addEventListener('keydown', event => { if (event.key === 'Escape' && !$('detail').open) unzoom() })
addEventListener('visibilitychange', show)
addEventListener('resize', show)
matchMedia('(prefers-color-scheme:dark)').addEventListener('change', show)
whenOpened(detail)
prepareDetail()
// Read out now and then, not with every sample.
setInterval(() => put($('summary'), document.hidden ? '' : `${clock(S.times.at(-1) || 0)} ${$('summary').dataset.text || ''}`), 30000)
heading()
// Another run of the program has other functions.
const anew = another => { if (another) $('detail').close(); begin() }
if (!opening(() => anew(true))) listen(anew, () => { if (!S.paused) show() }, heading)
