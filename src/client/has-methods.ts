/** Shapes are told by their methods; a handle may be a function, a Proxy or an object of another realm. */
export function hasMethods(handle: object, ...names: readonly string[]): boolean {
	return names.every((name) => typeof (handle as Readonly<Record<string, unknown>>)[name] === "function");
}
