/**
 * Shows exchanges as they come. Whatever is shown came from somebody's program, so it is inserted as text and never as HTML.
 */
const SHOWN_MAX = 500

const list = document.querySelector('#exchanges')
const nothing = document.querySelector('#nothing')
const picker = document.querySelector('#workspace')
const about = document.querySelector('#about')
const state = document.querySelector('#state')

let source

/** @param {string} name @param {Record<string, string>} attributes @param {...(Node | string)} children */
function element(name, attributes, ...children) {
  const made = document.createElement(name)
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value)
  made.append(...children)
  return made
}

/** JSON with line ends, where it is JSON. */
function spread(text) {
  try {
    return JSON.stringify(JSON.parse(text), undefined, 2)
  } catch {
    return text
  }
}

function row({ usage, outcome, why, held }) {
  const buyer = usage.buyer ?? usage.customerIdentifier ?? usage.licenseArn ?? ''
  const isGood = outcome === 'added' || outcome === 'repeated'
  return element(
    'tr',
    {},
    element('td', { class: isGood ? 'good' : 'bad' }, outcome),
    element('td', {}, `${usage.dimension} ${usage.quantity}`),
    element('td', {}, buyer),
    element('td', {}, usage.timestamp),
    element('td', {}, held === undefined ? '' : `${held.quantity} as ${held.id}`),
    element('td', {}, why),
  )
}

function recordsTable(records) {
  const heads = ['Outcome', 'Usage', 'Buyer', 'Timestamp', 'Held', 'Why']
  const head = element('tr', {}, ...heads.map((text) => element('th', { scope: 'col' }, text)))
  return element('table', {}, element('thead', {}, head), element('tbody', {}, ...records.map(row)))
}

function headerLines({ method, target, headers }) {
  return [`${method} ${target}`, ...headers.map(([name, value]) => `${name}: ${value}`)].join('\n')
}

function summaryOf({ number, at, operation, account, answer, records, milliseconds }) {
  const status = `${answer.status} ${answer.errorCode ?? ''}`.trim()
  return element(
    'summary',
    {},
    element('span', { class: 'quiet' }, `${number}`),
    element('span', {}, at),
    element('span', {}, operation ?? 'no operation'),
    element('span', { class: answer.status === 200 ? 'good' : 'bad' }, status),
    element('span', {}, account ?? 'nobody'),
    element('span', {}, [...new Set(records.map(({ outcome }) => outcome))].join(', ')),
    element('span', { class: 'quiet' }, `${milliseconds} ms`),
  )
}

function item(exchange) {
  const { request, answer, why, records, requestId, profile, faults = [], delivered } = exchange
  const parts = [element('p', { class: 'quiet' }, `request ${requestId}, profile ${profile}`)]
  if (why !== undefined) parts.push(element('p', {}, why))
  const arrived = delivered === undefined ? '' : `; answer delivered: ${delivered}`
  if (faults.length > 0) parts.push(element('p', {}, `faults: ${faults.join(', ')}${arrived}`))
  if (records.length > 0) parts.push(element('h2', {}, 'Records'), recordsTable(records))
  parts.push(
    element('h2', {}, 'Request'),
    element('pre', { tabindex: '0' }, `${headerLines(request)}\n\n${spread(request.body)}`),
    element('h2', {}, 'Answer'),
    element('pre', { tabindex: '0' }, spread(answer.body)),
  )
  return element('li', {}, element('details', {}, summaryOf(exchange), ...parts))
}

function show(exchange) {
  nothing.hidden = true
  list.prepend(item(exchange))
  while (list.children.length > SHOWN_MAX) list.lastElementChild.remove()
}

async function describe(id) {
  const answer = await fetch(`/workspaces/${id}`)
  if (!answer.ok) return
  const { profile, now, clock, endpoint, region } = await answer.json()
  about.textContent = `${endpoint} ${region}, profile ${profile}, clock ${clock} at ${now}`
}

function watch(id) {
  source?.close()
  list.replaceChildren()
  nothing.hidden = false
  source = new EventSource(`/workspaces/${id}/exchanges/stream`)
  source.addEventListener('open', () => {
    state.textContent = 'live'
  })
  source.addEventListener('error', () => {
    state.textContent = 'not connected; trying again'
  })
  source.addEventListener('message', ({ data }) => {
    show(JSON.parse(data))
    void describe(id)
  })
  void describe(id)
}

async function begin() {
  const { workspaces } = await (await fetch('/workspaces')).json()
  const asked = new URLSearchParams(location.search).get('workspace') ?? 'default'
  picker.append(...workspaces.map(({ id }) => element('option', { value: id }, id)))
  picker.value = workspaces.some(({ id }) => id === asked) ? asked : 'default'
  picker.addEventListener('change', () => {
    watch(picker.value)
  })
  watch(picker.value)
}

await begin()
