// Our own colours, which take no room.
// biome-ignore lint/suspicious/noControlCharactersInRegex: an escape sequence begins with a control character
const COLOUR = /\u001b\[[0-9;]*m/g;
const PLAIN = /^[ -~]*$/;
const TAKES_NO_ROOM = /[\p{Mn}\p{Me}\p{Cf}]/u;
const TAKES_TWO_COLUMNS =
	/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\u3000-\u303e\uff01-\uff60\uffe0-\uffe6]/u;

/** How many columns of a terminal a text takes. The time it needs grows with its length and with nothing else. */
export function textWidth(text: string): number {
	const visible = text.replace(COLOUR, "");
	if (PLAIN.test(visible)) return visible.length;
	let width = 0;
	for (const character of visible) width += characterWidth(character);
	return width;
}

function characterWidth(character: string): number {
	if (TAKES_NO_ROOM.test(character)) return 0;
	return TAKES_TWO_COLUMNS.test(character) ? 2 : 1;
}
