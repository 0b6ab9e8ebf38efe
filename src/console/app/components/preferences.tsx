import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { readPreferences, savePreferences } from "../api/calls.ts";
import { useSession } from "../session/session.tsx";
import { onStored, readStored, store } from "./stored.ts";

/** What follows a person to another browser. */
const NAMES = ["views", "columns", "theme", "shortcuts"] as const;
const SAVE_AFTER_MS = 500;

/** Keeps what a person chose on the server too. A viewer's, and what cannot be saved, stays in this browser. */
export function PreferenceSync() {
	const { role } = useSession();
	const { data } = useQuery({
		queryKey: ["preferences"],
		queryFn: ({ signal }) => readPreferences(signal),
		staleTime: Number.POSITIVE_INFINITY,
	});
	useEffect(() => {
		if (data === undefined) return;
		for (const name of NAMES) {
			const kept = data.preferences[name];
			if (kept !== undefined && kept !== readStored(name)) store(name, kept);
		}
		if (role === "operator") return saveWhatChanges();
	}, [data, role]);
	return null;
}

/** Returns what ends it. */
function saveWhatChanges(): () => void {
	let timer: number | undefined;
	let saved = collected();
	const save = () => {
		const now = collected();
		if (JSON.stringify(now) === JSON.stringify(saved)) return;
		saved = now;
		// It stays in this browser then.
		savePreferences({ preferences: now }).catch(() => {});
	};
	const end = onStored(() => {
		window.clearTimeout(timer);
		timer = window.setTimeout(save, SAVE_AFTER_MS);
	});
	return () => {
		window.clearTimeout(timer);
		end();
	};
}

function collected(): Record<string, string> {
	const kept: Record<string, string> = {};
	for (const name of NAMES) {
		const value = readStored(name);
		if (value !== null) kept[name] = value;
	}
	return kept;
}
