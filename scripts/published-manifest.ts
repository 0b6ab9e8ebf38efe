/** What of a package.json is only a checkout's: all else is built in. */
const OF_THE_CHECKOUT = ["dependencies", "devDependencies", "scripts", "allowScripts", "//"];

/**
 * The package.json that is published. Where it is published from is known to whoever publishes it, and to nobody else:
 * GitHub's workflows say it in these variables. The registry needs it to follow the README's links, and to check the
 * statement of provenance.
 */
export function publishedManifest(
	manifest: Readonly<Record<string, unknown>>,
	environment: Readonly<Record<string, string | undefined>>,
): Record<string, unknown> {
	const published = Object.entries(manifest).filter(([name]) => !OF_THE_CHECKOUT.includes(name));
	return { ...Object.fromEntries(published), ...addressesOf(environment) };
}

function addressesOf({
	GITHUB_SERVER_URL: server,
	GITHUB_REPOSITORY: name,
}: Readonly<Record<string, string | undefined>>) {
	if (server === undefined || name === undefined) return {};
	const url = `${server}/${name}`;
	return {
		repository: { type: "git", url: `git+${url}.git` },
		homepage: `${url}#readme`,
		bugs: { url: `${url}/issues` },
	};
}
