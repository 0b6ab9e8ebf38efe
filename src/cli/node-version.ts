// Imported before the version is known to be new enough: plain syntax and no imports.

const REQUIRED_MAJOR = 22;
const REQUIRED_MINOR = 18;

/**
 * Why this Node cannot run the program, in one line, or null when it can.
 *
 * @param version As in `process.versions.node`, e.g. `20.11.1`.
 */
export function nodeVersionProblem(version: string): string | null {
	const [major, minor] = version.split(".").map(Number);
	const known = major !== undefined && minor !== undefined && major >= 0 && minor >= 0;
	// A version that does not look like one is from the future: let it try.
	if (!known || major > REQUIRED_MAJOR || (major === REQUIRED_MAJOR && minor >= REQUIRED_MINOR)) return null;
	return `reward-outbox needs Node.js ${REQUIRED_MAJOR}.${REQUIRED_MINOR} or newer, this is ${version}`;
}
