/**
 * At most `most` UTF-16 units, which is how receivers count; what is left out shows as an ellipsis, and no character
 * is cut in two.
 */
export function capped(text: string, most: number): string {
	if (text.length <= most) return text;
	return `${text.slice(0, most - 1).replace(/[\uD800-\uDBFF]$/, "")}…`;
}
