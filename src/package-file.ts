/**
 * A file or, with a slash at its end, a folder of this package. The one place that knows how far away they are: this
 * file is one directory below the package's root, as source and as whatever it is built into.
 */
export function packageFile(path: string): URL {
	return new URL(`../${path}`, import.meta.url);
}
