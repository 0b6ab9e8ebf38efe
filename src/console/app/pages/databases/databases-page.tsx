import { useQuery as useData } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import type { DatabaseList } from "../../../../api/schema/databases.ts";
import { databasesQuery } from "../../api/queries.ts";
import { pageOf } from "../../components/database.ts";
import { Input } from "../../components/field.tsx";
import { Icon } from "../../components/icon.tsx";
import { useQuery, useSetQuery, useTitle } from "../../components/location.ts";
import { plural } from "../../components/numbers.ts";
import { PageHead, Panel } from "../../components/panel.tsx";
import { Empty, WhenLoaded } from "../../components/states.tsx";
import { useSignOut } from "../../session/session.tsx";
import { FoundInAll } from "./found-in-all.tsx";

/** Where a person begins who looks after many databases: which one, or in which one something is. */
export function DatabasesPage() {
	useTitle("Databases");
	const { q = "" } = useQuery();
	const databases = useData(databasesQuery());
	const signOut = useSignOut();
	return (
		<main id="main" className="main alone">
			<div className="main-inner">
				<PageHead
					title="Databases"
					actions={
						<button type="button" className="button quiet small" onClick={signOut}>
							<Icon name="out" />
							Sign out
						</button>
					}
				>
					Each has a console of its own.
				</PageHead>
				<SearchAll typed={q} />
				{q === "" ? null : <FoundInAll typed={q} />}
				<WhenLoaded query={databases} what="the databases">
					{(list) => <Names databases={list.databases} />}
				</WhenLoaded>
			</div>
		</main>
	);
}

function SearchAll({ typed }: { readonly typed: string }) {
	const [text, setText] = useState(typed);
	const setQuery = useSetQuery();
	const submit = (event: FormEvent) => {
		event.preventDefault();
		setQuery({ q: text.trim() || undefined });
	};
	return (
		<search>
			<form className="row" onSubmit={submit}>
				<Input
					label="Find events in all databases"
					hint="An order, a user, an event id, a key or a trigger"
					type="search"
					value={text}
					onChange={(change) => setText(change.target.value)}
				/>
				<button type="submit" className="button primary">
					Search all
				</button>
			</form>
		</search>
	);
}

function Names({ databases }: { readonly databases: DatabaseList["databases"] }) {
	const [part, setPart] = useState("");
	const shown = databases.filter(({ name }) => name.toLowerCase().includes(part.trim().toLowerCase()));
	return (
		<Panel title={plural(databases.length, "database")}>
			<Input label="Name" type="search" value={part} onChange={(change) => setPart(change.target.value)} />
			{shown.length === 0 ? (
				<Empty icon="search">No database has that in its name.</Empty>
			) : (
				<ul className="names">
					{shown.map(({ name, paused }) => (
						<li key={name}>
							<a href={pageOf(name)}>{name}</a>
							{paused ? <span className="muted small"> paused in the file</span> : null}
						</li>
					))}
				</ul>
			)}
		</Panel>
	);
}
