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
export const put = (node, text) => { if (node.textContent !== text) node.textContent = text }

const SVG = 'http://www.w3.org/2000/svg'
export const svg = (name, options, ...children) => {
  const node = document.createElementNS(SVG, name)
  for (const [key, value] of Object.entries(options)) node.setAttribute(key, value)
  node.append(...children)
  return node
}
