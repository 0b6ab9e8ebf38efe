import { useEffect } from "react";
import { Icon } from "./icon.tsx";
import { readStored, useStored } from "./stored.ts";

const THEMES = ["system", "light", "dark"] as const;
type Theme = (typeof THEMES)[number];

const NEXT: Readonly<Record<Theme, Theme>> = { system: "light", light: "dark", dark: "system" };
const ICONS = { system: "auto", light: "sun", dark: "moon" } as const;

function apply(theme: string | null): void {
	const root = document.documentElement;
	if (theme === "light" || theme === "dark") root.setAttribute("data-theme", theme);
	else root.removeAttribute("data-theme");
}

/** Before anything is shown, so that nothing flashes. */
export function applyStoredTheme(): void {
	apply(readStored("theme"));
}

export function ThemeSwitch() {
	const [theme, setTheme] = useStored("theme", THEMES);
	useEffect(() => apply(theme), [theme]);
	return (
		<button
			type="button"
			className="button quiet small"
			aria-label={`Colours: ${theme}. Change to ${NEXT[theme]}`}
			title={`Colours: ${theme}. Change to ${NEXT[theme]}`}
			onClick={() => setTheme(NEXT[theme])}
		>
			<Icon name={ICONS[theme]} />
			{theme}
		</button>
	);
}
