/**
 * Many of everything: 200 products, 500 buyers, 2,000 agreements. Made by counting, so every name is the same in every process.
 *
 * Buyer n has the products 4n to 4n + 3, so each product has ten buyers.
 */
import type { Seed } from '../seed.ts'
import { accessKeys, SELLER as seller, sellers } from './seller.ts'

const PRODUCT_COUNT = 200
const BUYER_COUNT = 500
const AGREEMENTS_PER_BUYER = 4

function numbered(count: number, length: number): string[] {
  return Array.from({ length: count }, (_, index) => String(index + 1).padStart(length, '0'))
}

function codeOf(number: string): string {
  return `2b9lsandboxlargepr0duct${number}`
}

function accountOf(number: string): string {
  return `22225555${number}`
}

function productNumbersOf(buyerIndex: number, productNumbers: readonly string[]): string[] {
  return Array.from({ length: AGREEMENTS_PER_BUYER }, (_, turn) => {
    const index = (buyerIndex * AGREEMENTS_PER_BUYER + turn) % PRODUCT_COUNT
    return productNumbers[index] ?? ''
  })
}

export function largeCatalog(): Seed {
  const productNumbers = numbered(PRODUCT_COUNT, 3)
  const buyerNumbers = numbered(BUYER_COUNT, 4)
  return {
    version: 1,
    description: '200 products, 500 buyers and 2,000 agreements',
    sellers,
    products: productNumbers.map((number) => ({
      code: codeOf(number),
      seller,
      name: `Sandbox Product ${number}`,
      dimensions: [
        { name: 'requests', description: 'Requests answered', unit: 'Requests', price: '0.001' },
        { name: 'users', description: 'Active users', unit: 'Users', price: '0.05' },
      ],
    })),
    buyers: buyerNumbers.map((number) => ({
      account: accountOf(number),
      name: `Buyer ${number}`,
      customerIdentifiers: [{ seller, identifier: `X40SANDBOX${number}` }],
    })),
    agreements: buyerNumbers.flatMap((buyer, index) =>
      productNumbersOf(index, productNumbers).map((product) => ({
        id: `agmt-sandbox${buyer}p${product}`,
        product: codeOf(product),
        buyer: accountOf(buyer),
        start: 'now-30d',
      })),
    ),
    accessKeys,
  }
}
