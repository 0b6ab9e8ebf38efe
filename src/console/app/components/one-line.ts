import { createContext, useContext } from "react";

const Context = createContext(false);

/** What is inside takes one line: nothing in it unfolds, and nothing is a tab stop only to be read. */
export const InOneLine = Context;

export function useIsOneLine(): boolean {
	return useContext(Context);
}
