/**
 * Shows exchanges as they come. Whatever is shown came from somebody's program, so it is inserted as text and never as HTML.
 */
const SHOWN_MAX = 500

const list = document.querySelector('#exchanges')
const nothing = document.querySelector('#nothing')
const picker = document.querySelector('#workspace')
const about = document.querySelector('#about')
const state = document.querySelector('#state')
const clockShown = document.querySelector('#clock')

let source
/** The workspace that is shown. */
let watched
let looking

/** A body may be nested deeper than anybody reads, and each level is written before each line. */
const INDENTED_MAX = 32

/** @param {string} name @param {Record<string, string>} attributes @param {...(Node | string)} children */
function element(name, attributes, ...children) {
  const made = document.createElement(name)
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value)
  made.append(...children)
  return made
}

/** JSON with line ends between its parts, where it is JSON. Each part stays as it was sent: a number is what is looked for, not what it means. */
function spread(text) {
  try {
    JSON.parse(text)
  } catch {
    return text
  }
  let depth = 0
  const line = () => `\n${'  '.repeat(Math.min(depth, INDENTED_MAX))}`
  return text.replace(/"(?:[^"\\]|\\.)*"|[{[]\s*[}\]]|[{}[\],:]|\s+/g, (part) => {
    if (part === '{' || part === '[') {
      depth += 1
      return part + line()
    }
    if (part === '}' || part === ']') {
      depth -= 1
      return line() + part
    }
    if (part === ',') return part + line()
    if (part === ':') return ': '
    return part.trim()
  })
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

function summaryOf({ number, at, operation, account, answer, records, milliseconds, faults = [] }) {
  const kinds = faults.map((fault) => fault.split(' ')[0]).join(', ')
  const status = `${answer.status} ${answer.errorCode ?? ''}`.trim()
  return element(
    'summary',
    {},
    element('span', { class: 'quiet' }, `${number}`),
    element('span', {}, at),
    element('span', {}, operation ?? 'no operation'),
    element('span', { class: answer.status === 200 ? 'good' : 'bad' }, status),
    element('span', { class: 'bad' }, kinds),
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

const pathOf = (id) => `/workspaces/${encodeURIComponent(id)}`

/** What cannot be had now is looked for again; whether anybody is there, the stream tells. */
async function look(path) {
  try {
    const answer = await fetch(path)
    return answer.ok ? await answer.json() : undefined
  } catch {
    return undefined
  }
}

async function describe(id) {
  const found = await look(pathOf(id))
  if (found === undefined || id !== watched) return
  const { profile, endpoint, region, ...clock } = found
  about.textContent = `${endpoint} ${region}, profile ${profile}`
  showClock(clock)
}

function showClock({ now, clock }) {
  clockShown.textContent = `clock ${clock} at ${now}`
}

/** Once for all that comes within a second. */
function lookAtClock() {
  looking ??= setTimeout(async () => {
    looking = undefined
    const id = watched
    const clock = await look(`${pathOf(id)}/clock`)
    if (clock !== undefined && id === watched) showClock(clock)
  }, 1_000)
}

function empty() {
  list.replaceChildren()
  nothing.hidden = false
}

function watch(id) {
  watched = id
  source?.close()
  empty()
  about.textContent = ''
  clockShown.textContent = ''
  state.textContent = 'connecting …'
  source = new EventSource(`${pathOf(id)}/exchanges/stream`)
  source.addEventListener('open', () => {
    state.textContent = 'live'
    // Also when it is another process that answers now.
    void describe(id)
  })
  source.addEventListener('error', ({ target }) => {
    const hasEnded = target.readyState === EventSource.CLOSED
    state.textContent = hasEnded
      ? `there is no workspace ${id}: it has ended`
      : 'not connected; trying again'
  })
  source.addEventListener('reset', () => {
    empty()
    lookAtClock()
  })
  source.addEventListener('message', ({ data }) => {
    show(JSON.parse(data))
    lookAtClock()
  })
}

async function listWorkspaces() {
  const { workspaces = [] } = (await look('/workspaces')) ?? {}
  const ids = new Set([watched, ...workspaces.map(({ id }) => id)])
  picker.replaceChildren(...[...ids].map((id) => element('option', { value: id }, id)))
  picker.value = watched
}

watch(new URLSearchParams(location.search).get('workspace') ?? 'default')
picker.addEventListener('change', () => {
  watch(picker.value)
})
// Others are made while the page is open.
picker.addEventListener('focus', () => void listWorkspaces())
// It was moved in a terminal, and nothing was asked since.
globalThis.addEventListener('focus', lookAtClock)
await listWorkspaces()
