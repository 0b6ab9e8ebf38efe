import { readPreferences, savePreferences } from "../../store/preferences.ts";
import { named } from "../schema/parts.ts";
import { Preferences } from "../schema/session.ts";
import { type ApiServer, type ConsoleParts, mustBeAbleToAct, whoAsks } from "../server.ts";

export function preferenceRoutes(api: ApiServer, parts: ConsoleParts): void {
	const { database } = parts;

	api.get(
		"/preferences",
		{
			schema: {
				tags: ["session"],
				summary: "What you set in the console for yourself",
				response: { 200: named(Preferences) },
			},
		},
		async (request) => ({ preferences: await readPreferences(database, whoAsks(request).name) }),
	);

	api.put(
		"/preferences",
		{
			schema: {
				tags: ["session"],
				summary: "Keep what you set in the console",
				description: "Replaces all of it. Needs the role operator; a viewer's stay in the browser.",
				body: Preferences,
				response: { 200: named(Preferences) },
			},
		},
		async (request) => {
			await mustBeAbleToAct(parts);
			await savePreferences(database, whoAsks(request).name, request.body.preferences);
			return request.body;
		},
	);
}
