// Elements of the page. What is text stays text, whatever is in it.
export const $ = id => document.getElementById(id)
export const all = selector => [...document.querySelectorAll(selector)]
export const el = (name, options = {}, ...children) => {
  const node = document.createElement(name)
  for (const [key, value] of Object.entries(options)) key in node ? node[key] = value : node.setAttribute(key, value)
  node.append(...children)
  return node
}
// Sets what is new, and touches nothing else.
export const set = (node, name, value) => { if (node[name] !== value) node[name] = value }
export const put = (node, text) => set(node, 'textContent', text)

// Whether an element can be seen: what cannot is not brought up to date. `then` when it comes into view.
const views = new Map()
const looker = new IntersectionObserver(entries => entries.forEach(({ target, isIntersecting }) => {
  const view = views.get(target)
  view.seen = isIntersecting
  if (isIntersecting) view.then()
}), { rootMargin: '100px' })
export const look = (node, then) => { views.set(node, { seen: true, then }); looker.observe(node) }
export const isSeen = node => views.get(node)?.seen !== false
export const leave = node => { views.delete(node); looker.unobserve(node) }

const SVG = 'http://www.w3.org/2000/svg'
export const svg = (name, options, ...children) => {
  const node = document.createElementNS(SVG, name)
  for (const [key, value] of Object.entries(options)) node.setAttribute(key, value)
  node.append(...children)
  return node
}
