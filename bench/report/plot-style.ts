export const OURS = "#0b6e4f";
export const OTHERS = "#9aa5b1";
export const POSTGRES = "#d98e04";
export const WARNING = "#b3261e";

export const colour = (id: string) => (id.startsWith("ours") ? OURS : OTHERS);

/** Facets get more room above for their titles. */
export function facets(titles: readonly string[]) {
	return { marginTop: 44, fx: { label: null, padding: 0.12, domain: [...new Set(titles)] }, y: { label: null } };
}
