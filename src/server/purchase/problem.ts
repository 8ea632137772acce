/** What a page for buyers says when it does not do what was asked; thrown by routes, answered in one place. */
export class PageProblem extends Error {
  readonly status: number
  readonly title: string
  readonly sentences: readonly string[]

  constructor(status: number, title: string, ...sentences: readonly string[]) {
    super(title)
    this.status = status
    this.title = title
    this.sentences = sentences
  }
}

const ASK_AGAIN = 'Go back to where you got it, and ask for a new one.'

/** One answer to all that was never a link: nobody learns how near a guess was. */
export function noSuchPage(): PageProblem {
  return new PageProblem(
    404,
    'There is no such page',
    'If a link brought you here, it may have been cut off.',
  )
}

export function linkExpired(): PageProblem {
  return new PageProblem(410, 'This link is too old', ASK_AGAIN)
}

export function linkUsed(): PageProblem {
  const sentence = 'A link is good once. What was bought with it stays bought.'
  return new PageProblem(410, 'This link was used already', sentence, ASK_AGAIN)
}

/** @param problems As the rules of the catalog write them: no capital, no full stop. */
export function notOffered(...problems: readonly string[]): PageProblem {
  const sentences = problems.map((text) => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`)
  return new PageProblem(409, 'This cannot be bought now', ...sentences)
}

export function foreignForm(): PageProblem {
  const sentence = 'A form must be sent from its own page. Open the page, and use the button there.'
  return new PageProblem(403, 'This form came from elsewhere', sentence)
}

export function badForm(): PageProblem {
  const sentence = 'What was sent does not fit the page. Open it again, and use the button there.'
  return new PageProblem(400, 'This form is not understood', sentence)
}
