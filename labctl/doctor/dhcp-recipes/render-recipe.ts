// Renders what to give to somebody else's DHCP server, in that server's language.
import type { Recipe } from './plan-recipe.ts'
import { renderDnsmasqRecipe, renderOpenwrtRecipe } from './render-dnsmasq-recipe.ts'
import { renderIscRecipe } from './render-isc-recipe.ts'
import { renderKeaRecipe } from './render-kea-recipe.ts'
import { renderMikrotikRecipe } from './render-mikrotik-recipe.ts'

/** The servers that there are recipes for. */
export const recipeNames = ['isc', 'kea', 'dnsmasq', 'mikrotik', 'openwrt'] as const
export type RecipeName = typeof recipeNames[number]

const renderers: Record<RecipeName, (recipe: Recipe) => string> = { isc: renderIscRecipe, kea: renderKeaRecipe, dnsmasq: renderDnsmasqRecipe, mikrotik: renderMikrotikRecipe, openwrt: renderOpenwrtRecipe }

/** The recipe as text, without a line feed at its end. */
export function renderRecipe(name: RecipeName, recipe: Recipe): string {
  return renderers[name](recipe)
}
