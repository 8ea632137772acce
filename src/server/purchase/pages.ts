/** The pages that a buyer sees: the offer, the way on to the seller, and what went wrong. Pure: facts in, HTML out. */
import { html } from 'hono/html'
import type { AgreementEntry, ProductEntry } from '../../core/control-entries.ts'
import type { Offer } from '../../core/purchase.ts'
import { factList, type Html, pageOf } from './layout.ts'

/** What AWS names the field. */
export const TOKEN_FIELD = 'x-amzn-marketplace-token'
/** The value of the field `agreement` that asks for a new one; no agreement has such an id. */
export const NEW_AGREEMENT = 'new'

export function offerPage(offer: Offer, action: string): Html {
  const { product, sellerName, buyer, live, takesNew } = offer
  const verb = takesNew ? 'Subscribe to' : 'Set up'
  return pageOf({
    title: `${verb} ${nameOf(product)}`,
    body: html`${factList([
        ['Seller', sellerName],
        ['Buyer', accountText(buyer)],
        ['Product code', product.code],
      ])}
      ${priceTable(product)}
      <form method="post" action="${action}">
        ${choice(live, takesNew)}
        <button type="submit">${takesNew ? 'Subscribe and continue' : 'Continue'}</button>
      </form>`,
  })
}

export function arrivalPage({ product, sellerName, fulfilment }: Offer, token: string): Html {
  return pageOf({
    title: `Continue to ${sellerName}`,
    body: html`<p>
        The agreement for ${nameOf(product)} is made. ${sellerName} sets up your account next.
      </p>
      <form method="post" action="${fulfilment.url}" data-go>
        <input type="hidden" name="${TOKEN_FIELD}" value="${token}" />
        <button type="submit">Set up your account</button>
      </form>`,
  })
}

export function problemPage(title: string, sentences: readonly string[]): Html {
  return pageOf({ title, body: html`${sentences.map((text) => html`<p>${text}</p>`)}` })
}

export function accountText({ account, name }: { account: string; name: string }): string {
  return name === '' || name === account ? account : `${name} (${account})`
}

export function nameOf({ name, code }: Pick<ProductEntry, 'name' | 'code'>): string {
  return name === '' ? code : name
}

function priceTable({ dimensions }: ProductEntry): Html {
  const sold = dimensions.filter(({ retired }) => !retired)
  return html`<table>
    <caption>
      What usage costs, in US dollars
    </caption>
    <thead>
      <tr>
        <th scope="col">For each</th>
        <th scope="col">Unit</th>
        <th scope="col">Price</th>
      </tr>
    </thead>
    <tbody>
      ${sold.map(
        ({ name, description, unit, price }) =>
          html`<tr>
            <th scope="row">${description === '' ? name : description}</th>
            <td>${unit}</td>
            <td>${price}</td>
          </tr>`,
      )}
    </tbody>
  </table>`
}

function choice(live: readonly AgreementEntry[], takesNew: boolean): Html {
  const [first] = live
  if (first === undefined)
    return html`<input type="hidden" name="agreement" value="${NEW_AGREEMENT}" />`
  if (!takesNew && live.length === 1) {
    return html`<p>You have an agreement for it already, with license ${first.licenseArn}.</p>
      <input type="hidden" name="agreement" value="${first.id}" />`
  }
  return html`<fieldset>
    <legend>With which agreement?</legend>
    ${takesNew ? option(NEW_AGREEMENT, 'A new one', true) : ''}
    ${live.map(({ id, licenseArn }, index) =>
      option(id, `The one with license ${licenseArn}`, !takesNew && index === 0),
    )}
  </fieldset>`
}

function option(value: string, text: string, isChosen: boolean): Html {
  return html`<label
    ><input type="radio" name="agreement" value="${value}" required ${isChosen ? 'checked' : ''} />
    ${text}</label
  >`
}
