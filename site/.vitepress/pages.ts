/** A group of pages in the navigation, by their files from the root of the project. */
export interface PageGroup {
	readonly text: string;
	readonly pages: readonly string[];
}

/** Every page of the site, in the order of reading. Building it fails when a page of docs/ is missing here. */
export const GROUPS: readonly PageGroup[] = [
	{
		text: "Begin",
		pages: ["README.md", "docs/how-it-works.md", "docs/faq.md", "docs/glossary.md", "examples/README.md"],
	},
	{
		text: "Write events",
		pages: [
			"docs/clients.md",
			"docs/frameworks.md",
			"docs/legacy.md",
			"docs/moving-from-your-own-outbox.md",
			"docs/tracing.md",
		],
	},
	{
		text: "Install and connect",
		pages: [
			"docs/connecting.md",
			"docs/managed.md",
			"docs/platforms/amazon-rds.md",
			"docs/platforms/google-cloud-sql.md",
			"docs/platforms/azure.md",
			"docs/platforms/supabase.md",
			"docs/platforms/neon.md",
			"docs/platforms/heroku.md",
			"docs/platforms/crunchy-bridge.md",
			"docs/platforms/patroni.md",
			"docs/privileges.md",
			"docs/many-databases.md",
			"deploy/README.md",
			"docs/upgrading.md",
			"docs/uninstalling.md",
		],
	},
	{
		text: "Operate",
		pages: [
			"docs/operating.md",
			"docs/console.md",
			"docs/api.md",
			"docs/runbook.md",
			"docs/alerts.md",
			"docs/metrics.md",
			"docs/logs.md",
			"docs/moving-databases.md",
			"docs/retention.md",
		],
	},
	{
		text: "Prove",
		pages: ["docs/receipts.md", "docs/audit.md", "docs/reliability.md", "docs/performance.md", "docs/scaling.md"],
	},
	{
		text: "The project",
		pages: [
			"ARCHITECTURE.md",
			"docs/decisions/README.md",
			"docs/decisions/0001-read-by-snapshot-difference.md",
			"docs/decisions/0002-one-claim-at-a-time.md",
			"docs/decisions/0003-wake-only-who-asks.md",
			"docs/decisions/0004-no-status-column.md",
			"docs/decisions/0005-four-outcomes.md",
			"docs/dependencies.md",
			"CONTRIBUTING.md",
			"SECURITY.md",
			"CHANGELOG.md",
		],
	},
];

export const PAGES: readonly string[] = GROUPS.flatMap(({ pages }) => pages);

/** Where a page is on the site: a folder's README is what the folder shows. */
export function placeOf(page: string): string {
	return page.replace(/README\.md$/, "index.md");
}
