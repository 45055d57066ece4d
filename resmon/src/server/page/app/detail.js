// One function: its duration and its calls over time, and how to ask Prometheus the same.
import { S, t, url, bounds } from './state.js'
import { $, el, put } from './elements.js'
import { time, each } from './numbers.js'
import { chart } from './chart.js'

let shown = null, points = [], charts = [], asked = 0

const times = () => points.map(p => p.time)
const part = take => points.map(take)
const perSecond = take => part(p => p.seconds ? take(p) / p.seconds : null)
const PANELS = [
  { id: 'latency', write: time, times, points: true, lines: () => ['p50', 'p95', 'p99', 'max'].map(id => [id, part(p => p[id] ?? null)]) },
  { id: 'rates', write: each, times, points: true, lines: () => [['', perSecond(p => p.calls)], ['failed', points.some(p => p.errors + p.panics) ? perSecond(p => p.errors + p.panics) : null]] }
]
const quoted = labels => Object.entries(labels).map(([k, v]) => `${k}=${JSON.stringify(v)}`).join(', ')
function questions (f) {
  const labels = quoted({ function: f.function, module: f.module, ...f.labels }), calls = `function_calls_total{${labels}`
  const histogram = f.metric || 'function_calls_duration_seconds'
  return [
    `sum(rate(${calls}}[5m]))`,
    `sum(rate(${calls}, result=~"error|panic"}[5m])) / sum(rate(${calls}}[5m]))`,
    ...f.max == null ? [] : [`histogram_quantile(0.95, sum by (le) (rate(${histogram}_bucket{${labels}}[5m])))`]
  ]
}
async function ask () {
  const mine = ++asked, id = shown, [from, to] = bounds()
  const live = !S.zoom
  const answer = await fetch(url(`api/v1/history?id=${id}&from=${from}${live ? '' : '&to=' + to}`)).then(r => r.json()).catch(() => null)
  if (mine !== asked || shown == null || !answer?.points) return
  points = []
  // Where it was not called there is nothing to tell, and no line.
  for (const p of answer.points) {
    const before = points.at(-1)
    if (before && p.time - p.seconds - before.time > Math.max(2, p.seconds)) points.push({ time: before.time + 1e-3 })
    points.push(p)
  }
  charts.forEach(c => c.update())
}
export function detail (id) {
  const f = S.functions.get(id), box = $('detail')
  if (!f) return
  shown = id; points = []
  charts = PANELS.map(panel => chart(panel))
  put($('of'), f.title)
  put(box.querySelector('small'), f.module)
  box.querySelector('.charts').replaceChildren(...charts.map(c => c.node))
  box.querySelector('.questions').replaceChildren(el('h3', {}, t().prom), ...questions(f).map(q => el('pre', { tabIndex: 0 }, q)))
  put(box.querySelector('.close'), t().close)
  if (!box.open) box.showModal()
  if (S.state !== 'saved') ask()
}
// Goes on with the page, every other second at most.
let next = 0
export function detailGoesOn () {
  if (shown == null || S.zoom || S.state !== 'live' || Date.now() < next) return
  next = Date.now() + 1900
  ask()
}
export function prepareDetail () {
  const box = $('detail')
  box.querySelector('.close').onclick = () => box.close()
  box.onclose = () => { shown = null; charts.forEach(c => c.destroy()); charts = [] }
}
