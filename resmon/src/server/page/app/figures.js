// Every figure there is, by groups that open.
import { S, t, key, latest } from './state.js'
import { all, el } from './elements.js'
import { written } from './numbers.js'

const group = s => s.own ? 1 : /^(node_|system_)/.test(s.name) ? 2 : /^container_/.test(s.name) ? 3 : /^resmon_/.test(s.name) ? 4 : 0
let told = ''
export function figures () {
  // Closed groups are made anew only where there is something else to count.
  const state = S.lang + S.series.length + S.about.pid
  if (state === told && !all('#figures details[open]').length) return
  told = state
  const open = new Set(all('#figures details[open]').map(d => d.dataset.group))
  const focused = document.activeElement?.closest('#figures details')?.dataset.group
  all('#figures h2')[0].textContent = t().figures
  all('#figures .groups')[0].replaceChildren(...t().groups.map((title, g) => {
    const rows = S.series.map((s, i) => [s, latest(i)]).filter(([s, v]) => v != null && group(s) === g), isOpen = open.has(String(g))
    const summary = el('summary', {}, title, el('small', {}, ` ${rows.length}`))
    const node = el('details', { className: 'card', hidden: !rows.length, open: isOpen }, summary)
    node.dataset.group = g
    if (isOpen) {
      node.append(el('table', {}, el('tbody', {}, ...rows.map(([s, v]) => el('tr', { title: s.help },
        el('th', { scope: 'row' }, el('code', {}, s.name), el('small', {}, Object.entries(s.labels).map(([k, v]) => `${k}=${v}`).join(', '))),
        el('td', {}, written(s, v)))))))
    }
    node.addEventListener('toggle', () => { told = ''; figures() }, { once: true })
    return node
  }))
  if (focused) all(`#figures [data-group="${focused}"] summary`)[0]?.focus()
}
