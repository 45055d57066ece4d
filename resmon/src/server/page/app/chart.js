// A chart: lines over time, a sentence that says the same, keys to walk along it.
import uPlot from 'uplot'
import { S, t, bounds } from './state.js'
import { $, el, isSeen, leave, look, put, set } from './elements.js'
import { bytes, rate, percent, clock } from './numbers.js'

const css = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim()
const dark = matchMedia('(prefers-color-scheme:dark)')
const BINARY = Array.from({ length: 60 }, (_, i) => 2 ** i)
const colour = (word, i) => word === 'limit' ? '--bad' : `--line${i % 4}`

// `panel` has an id or a title, `write` for its values, `lines` with words and columns, and `times` if not the page's own; `select` is told of a time that was dragged over.
export function chart (panel, select) {
  const title = el('h2'), text = el('p', { className: 'soft now' }), plot = el('div', { role: 'img', tabIndex: 0 })
  const node = el('figure', { className: 'card' }, el('figcaption', {}, title, text), plot)
  const self = { panel, node, plot, shown: '', drawn: null, lines: [], from: null, width: 0 }
  // Asking for the width would have everything laid out, with every sample.
  new ResizeObserver(([entry]) => { self.width = Math.round(entry.contentRect.width); if (self.drawn) self.update() }).observe(plot)
  const times = () => panel.times ? panel.times() : S.times

  self.say = place => {
    const [, end] = bounds(), until = times()
    const value = column => place == null ? column.findLast((v, i) => v != null && until[i] <= end) : column[place]
    while (text.children.length <= self.lines.length) text.append(el('span'))
    while (text.children.length > self.lines.length + 1) text.lastChild.remove()
    put(text.firstChild, place == null ? '' : clock(times()[place]))
    self.lines.forEach(([word, column], i) => {
      const v = value(column), node = text.children[i + 1]
      set(node, 'className', word === 'limit' ? 'key bad' : 'key k' + i % 4)
      put(node, `${word ? (t()[word] || word) + ' ' : ''}${v == null ? '–' : panel.write(v)} `)
    })
    self.said = place != null
  }
  let redrawn = 0
  self.update = () => {
    // One that is hidden is never seen: whether there is something to show by now is asked first.
    if (!node.hidden && !isSeen(node)) return
    // Over an hour, a second is less than a pixel.
    const [min, max] = bounds(), due = (max - min) / 600 * 1e3, look = S.lang + self.width + dark.matches
    if (self.drawn && self.look === look && !S.zoom && S.state === 'live' && due > 1000 && Date.now() - redrawn < due && self.drawn.scales.x.max - self.drawn.scales.x.min === max - min) return
    redrawn = Date.now(); self.look = look
    self.lines = panel.lines().filter(([, column]) => column && column.some(v => v != null))
    set(node, 'hidden', !self.lines.length)
    if (!self.lines.length) return
    put(title, panel.title || t()[panel.id])
    // Where somebody points, the values stay.
    if (!self.said || !plot.matches(':hover,:focus')) self.say()
    plot.setAttribute('aria-label', `${title.textContent}: ${text.textContent}`)
    const shown = look + self.lines.map(([word]) => word).join()
    if (shown !== self.shown) { self.drawn?.destroy(); self.drawn = draw(self, times()); self.shown = shown }
    self.drawn.setData([times(), ...self.lines.map(([, column]) => column)], false)
    self.drawn.setScale('x', { min, max })
  }
  self.destroy = () => { leave(node); self.drawn?.destroy() }
  look(node, self.update)
  const choose = (one, other) => { if (select && one !== other) select(Math.min(one, other), Math.max(one, other)) }
  self.choose = choose
  plot.addEventListener('keydown', event => {
    const step = { ArrowLeft: -1, ArrowRight: 1, Home: -1e9, End: 1e9 }[event.key], u = self.drawn, all = times()
    if (step) {
      const [min, max] = bounds(), first = Math.max(0, all.findIndex(v => v >= min)), last = all.findLastIndex(v => v <= max)
      const place = Math.max(first, Math.min(last, (u.cursor.idx ?? last) + step))
      u.setCursor({ left: u.valToPos(all[place], 'x'), top: 0 })
      put($('said'), `${title.textContent}: ${text.textContent}`)
    } else if (event.key === 'Enter' && u.cursor.idx != null) {
      const here = all[u.cursor.idx]
      if (self.from == null) { self.from = here; put($('said'), `${t().mark} ${clock(here)}`) }
      else { choose(self.from, here); self.from = null }
    } else return
    event.preventDefault()
  })
  return self
}

function draw (self, times) {
  const { panel, plot, lines } = self
  const axis = { stroke: css('--soft'), grid: { stroke: css('--line'), width: 1 }, ticks: { show: false }, font: '12px system-ui' }
  const value = { ...axis, size: 76, values: (u, splits) => splits.map(v => panel.write(v)) }
  if ([bytes, rate].includes(panel.write)) value.incrs = BINARY
  return new uPlot({
    width: self.width || plot.clientWidth || 400, height: 176, legend: { show: false },
    cursor: { y: false, sync: { key: 'resmon' }, drag: { x: true, y: false } },
    hooks: {
      setSelect: [u => {
        const { left, width } = u.select
        if (width > 4) { u.setSelect({ left: 0, width: 0 }, false); self.choose(u.posToVal(left, 'x'), u.posToVal(left + width, 'x')) }
      }],
      setCursor: [u => self.say(u.cursor.idx)]
    },
    scales: { y: { range: (u, min, max) => [Math.min(0, min || 0), Math.max(max * 1.08 || 0, panel.write === percent ? .05 : 1e-9)] } },
    axes: [{ ...axis, values: (u, splits) => splits.map(v => clock(v, splits.length > 1 && splits[1] - splits[0] >= 60)), space: 70, size: 28 }, value],
    series: [{}, ...lines.map(([word], i) => ({
      label: t()[word] || word, stroke: css(colour(word, i)), width: 1.6,
      dash: word === 'limit' ? [6, 4] : [undefined, [9, 2], [3, 3], [12, 3, 3, 3]][i % 4], points: panel.points ? { size: 4 } : { show: false }, spanGaps: false
    }))]
  }, [times, ...lines.map(([, column]) => column)], plot)
}
