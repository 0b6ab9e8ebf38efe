import type { RewardRequest } from "../../src/event/event.ts";
import { type Answer, KEY_REFUSED, MANNERS, type Weather } from "./answers.ts";
import type { Dice } from "./dice.ts";

/** A spell of weather: how requests fare that come while it lasts. */
export interface Spell {
	readonly weather: Weather;
	/** Null: every trigger. */
	readonly triggerId: string | null;
	/** Of the requests. */
	readonly share: number;
}

/** What became of a request at Reward. */
export interface Reception {
	readonly weather: Weather;
	readonly isApplied: boolean;
	/** Null: none comes. */
	readonly answer: Answer | null;
}

/**
 * Reward as the relays meet it. It keeps no promise but one: what it accepts it applies, what it refuses it does not.
 */
export class Receiver {
	readonly #dice: Dice;
	readonly #spells = new Set<Spell>();
	#key: string;

	constructor(dice: Dice, key: string) {
		this.#dice = dice;
		this.#key = key;
	}

	/** From now on it takes this key and no other. */
	rotateKey(key: string): void {
		this.#key = key;
	}

	/** Returns a function that ends it. */
	begin(spell: Spell): () => void {
		this.#spells.add(spell);
		return () => void this.#spells.delete(spell);
	}

	clearUp(): void {
		this.#spells.clear();
	}

	receive(request: RewardRequest, authorization: string): Reception {
		if (authorization !== `Bearer ${this.#key}`)
			return { weather: "bad key", isApplied: false, answer: KEY_REFUSED.answer };
		const weather = this.#weatherFor(request);
		const { applies, answer } = MANNERS[weather];
		return { weather, isApplied: applies === "yes" || (applies === "maybe" && this.#dice.chance(0.5)), answer };
	}

	#weatherFor({ triggerId, userId }: RewardRequest): Weather {
		if (userId.startsWith("poison")) return "invalid";
		for (const spell of this.#spells) {
			const isMeant = spell.triggerId === null || spell.triggerId === triggerId;
			if (isMeant && this.#dice.chance(spell.share)) return spell.weather;
		}
		return "good";
	}
}
