/** The questions that are asked by a path of their own, and what each answer is called. */
export const QUESTIONS = {
  records: 'records',
  'zero-quantity-records': 'records',
  refusals: 'refusals',
  calls: 'calls',
  duplicates: 'duplicates',
  'hours-without-record': 'gaps',
} as const

export type QuestionName = keyof typeof QUESTIONS

export const QUESTION_NAMES = Object.keys(QUESTIONS) as readonly QuestionName[]
