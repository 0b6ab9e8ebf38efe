import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

const USUAL_PLACES = [
	"/usr/bin/chromium",
	"/usr/bin/chromium-browser",
	"/usr/bin/google-chrome",
	"/usr/bin/google-chrome-stable",
	"/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
	"/Applications/Chromium.app/Contents/MacOS/Chromium",
	"C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
];

const ARGUMENTS = [
	"--headless",
	"--no-sandbox",
	"--disable-gpu",
	"--disable-quic",
	"--no-first-run",
	"--disable-background-networking",
	"--disable-component-update",
	"--disable-sync",
];

const MISSING = "no Chromium: install one, or name it in TEST_CHROMIUM";

/** The browser of this machine; null: there is none. */
function installedChromium(): string | null {
	const named = process.env["TEST_CHROMIUM"];
	return named ?? USUAL_PLACES.find((path) => existsSync(path)) ?? null;
}

/**
 * Why tests in a browser cannot run here; false: they can. In CI they have to: there the missing browser is a failure.
 */
export const noBrowser: string | false =
	installedChromium() === null && process.env["CI"] === undefined ? `skipped: ${MISSING}` : false;

if (noBrowser !== false) console.warn(`test/console is ${noBrowser}`);

export async function launchChromium(): Promise<Browser> {
	const executablePath = installedChromium();
	if (executablePath === null) throw new Error(MISSING);
	return await chromium.launch({ executablePath, args: ARGUMENTS });
}
