import { useSyncExternalStore } from "react";

/**
 * A colour of the style sheet as a canvas needs it: custom properties with light-dark() resolve only where they are
 * used.
 */
export function resolveColour(name: string): string {
	const probe = document.createElement("span");
	probe.className = "visually-hidden";
	probe.style.color = `var(${name})`;
	document.body.append(probe);
	const { color } = getComputedStyle(probe);
	probe.remove();
	return color;
}

const SYSTEM = matchMedia("(prefers-color-scheme: dark)");

function subscribe(listener: () => void): () => void {
	const observer = new MutationObserver(listener);
	observer.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
	SYSTEM.addEventListener("change", listener);
	return () => {
		observer.disconnect();
		SYSTEM.removeEventListener("change", listener);
	};
}

/** Changes when light becomes dark or the other way round. */
export function useColourScheme(): string {
	return useSyncExternalStore(subscribe, () => `${document.documentElement.dataset["theme"]} ${SYSTEM.matches}`);
}
