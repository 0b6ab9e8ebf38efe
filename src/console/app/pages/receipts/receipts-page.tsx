import { useQuery as useData } from "@tanstack/react-query";
import { Link } from "wouter";
import type { Account } from "../../../../api/schema/receipts.ts";
import { accountInWords } from "../../../../words/receipt-account.ts";
import { accountQuery } from "../../api/queries.ts";
import { capitalized } from "../../components/capitalized.ts";
import { Segments } from "../../components/field.tsx";
import { pathWith, useQuery, useSetQuery, useTitle } from "../../components/location.ts";
import { PageHead, Panel } from "../../components/panel.tsx";
import { Empty, Note, WhenLoaded } from "../../components/states.tsx";
import { Text } from "../../components/text.tsx";
import { AccountTable } from "./account-table.tsx";
import { Quarantine } from "./quarantine.tsx";

const SPANS = [
	["1d", "24 h"],
	["7d", "7 d"],
	["30d", "30 d"],
] as const;
type Span = (typeof SPANS)[number][0];
const DEFAULT_SPAN: Span = "7d";

export function ReceiptsPage() {
	useTitle("Receipts");
	const { span = DEFAULT_SPAN, trigger } = useQuery();
	const setQuery = useSetQuery();
	const since = SPANS.find(([value]) => value === span)?.[0] ?? DEFAULT_SPAN;
	// Costly where there are many events: read once, and again when it is asked for.
	const account = useData(accountQuery({ since, ...(trigger ? { trigger } : {}) }));
	const choose = (value: Span) => setQuery({ span: value === DEFAULT_SPAN ? undefined : value }, { replace: true });
	return (
		<>
			<PageHead
				title="Receipts"
				actions={
					<>
						<Segments label="Written within" value={since} options={SPANS} onChange={choose} />
						<button type="button" className="button" onClick={() => void account.refetch()}>
							Refresh
						</button>
					</>
				}
			>
				What was owed, what Reward's webhooks acknowledge, what differs and why.
			</PageHead>
			<WhenLoaded query={account} what="the account">
				{(found) => (
					<>
						<AccountPanels account={found} trigger={trigger} />
						<Quarantine />
					</>
				)}
			</WhenLoaded>
		</>
	);
}

function AccountPanels({ account, trigger }: { readonly account: Account; readonly trigger: string | undefined }) {
	return (
		<>
			<Balance account={account} />
			<Panel
				title={trigger ? `By day: ${trigger}` : "By trigger and day"}
				flush
				aside={
					trigger ? (
						<Link className="button small" href={pathWith("/receipts", {})}>
							All triggers
						</Link>
					) : null
				}
			>
				{account.lines.length === 0 ? (
					<Empty icon="receipts">Nothing was written or received in that time.</Empty>
				) : (
					<AccountTable lines={account.lines} />
				)}
			</Panel>
		</>
	);
}

/** The whole in one sentence, and each difference by its name. */
function Balance({ account }: { readonly account: Account }) {
	const { balance, causes, excess } = accountInWords(account.total);
	return (
		<Panel title="Account">
			<div className="stack">
				<p>
					<strong>{capitalized(balance)}.</strong>
					{causes.length === 0 ? " Nothing differs." : " The difference:"}
				</p>
				{causes.length + excess.length === 0 ? null : (
					<ul>
						{[...causes, ...excess].map((cause) => (
							<li key={cause}>{cause}</li>
						))}
					</ul>
				)}
				<Note tone="warn">
					<p>
						<Text value={account.caveat} />
					</p>
				</Note>
			</div>
		</Panel>
	);
}
