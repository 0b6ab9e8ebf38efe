/** Adds decimals exactly: what is at stake is told in the digits that were written. */
export class DecimalSum {
	#units = 0n;
	#scale = 0;

	/** @param text a number as PostgreSQL writes a numeric: `-19.90`; null adds nothing */
	add(text: string | null): this {
		if (text === null) return this;
		const match = /^(-?)([0-9]+)(?:\.([0-9]+))?$/.exec(text);
		if (match === null) throw new RangeError("expected a decimal number");
		const [, sign, whole, fraction = ""] = match;
		this.#rescale(fraction.length);
		const units = BigInt(`${whole}${fraction}`) * 10n ** BigInt(this.#scale - fraction.length);
		this.#units += sign === "-" ? -units : units;
		return this;
	}

	subtract(other: DecimalSum): this {
		this.#rescale(other.#scale);
		this.#units -= other.#units * 10n ** BigInt(this.#scale - other.#scale);
		return this;
	}

	/** With as many decimals as the longest number had. */
	toString(): string {
		const digits = (this.#units < 0n ? -this.#units : this.#units).toString().padStart(this.#scale + 1, "0");
		const at = digits.length - this.#scale;
		const sign = this.#units < 0n ? "-" : "";
		return this.#scale === 0 ? `${sign}${digits}` : `${sign}${digits.slice(0, at)}.${digits.slice(at)}`;
	}

	#rescale(scale: number): void {
		if (scale <= this.#scale) return;
		this.#units *= 10n ** BigInt(scale - this.#scale);
		this.#scale = scale;
	}
}
