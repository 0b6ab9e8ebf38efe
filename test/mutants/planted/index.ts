import type { Mutant } from "../mutant.ts";
import { DECIDING } from "./deciding.ts";
import { EDGES } from "./edges.ts";
import { ORDERING } from "./ordering.ts";
import { PRESENCE } from "./presence.ts";
import { READING } from "./reading.ts";
import { SENDING } from "./sending.ts";
import { SETTLING } from "./settling.ts";
import { WAKING } from "./waking.ts";

/** In the order in which things happen to an event. */
export const MUTANTS: readonly Mutant[] = [
	...READING,
	...SENDING,
	...DECIDING,
	...SETTLING,
	...PRESENCE,
	...ORDERING,
	...WAKING,
	...EDGES,
];
