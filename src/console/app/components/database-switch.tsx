import { useQuery } from "@tanstack/react-query";
import { useLocation } from "wouter";
import { databasesQuery } from "../api/queries.ts";
import { useSession } from "../session/session.tsx";
import { DATABASE, pageOf } from "./database.ts";

/** Leads to the same page of another database. Nothing where there is only one. */
export function DatabaseSwitch() {
	const { many_databases } = useSession();
	return many_databases && DATABASE !== null ? <Switch here={DATABASE} /> : null;
}

function Switch({ here }: { readonly here: string }) {
	const { data } = useQuery(databasesQuery());
	const [path] = useLocation();
	const names = data?.databases.map(({ name }) => name) ?? [here];
	// Every page but those of one event is there in each.
	const place = path.startsWith("/events/") ? "/events" : path;
	return (
		<label className="database-switch">
			<span>Database</span>
			<select
				className="input"
				value={here}
				onChange={({ target }) =>
					window.location.assign(target.value === "" ? "/console/" : pageOf(target.value, place))
				}
			>
				<option value="">All databases…</option>
				{names.map((name) => (
					<option key={name} value={name}>
						{name}
					</option>
				))}
			</select>
		</label>
	);
}
