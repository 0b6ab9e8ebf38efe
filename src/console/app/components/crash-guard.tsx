import { Component, type ReactNode } from "react";
import { Failure } from "./states.tsx";

interface CrashGuardProps {
	/** Another one is another try: the address of the page. */
	readonly place: string;
	readonly children: ReactNode;
}

interface CrashGuardState {
	readonly error: unknown;
	readonly place: string;
}

/** A page that breaks takes neither the others with it nor the way to them. */
export class CrashGuard extends Component<CrashGuardProps, CrashGuardState> {
	override state: CrashGuardState = { error: null, place: this.props.place };

	static getDerivedStateFromError(error: unknown): Partial<CrashGuardState> {
		return { error };
	}

	static getDerivedStateFromProps({ place }: CrashGuardProps, state: CrashGuardState): CrashGuardState | null {
		return place === state.place ? null : { error: null, place };
	}

	override render(): ReactNode {
		const { error } = this.state;
		return error === null ? (
			this.props.children
		) : (
			<Failure error={error} retry={() => this.setState({ error: null })} />
		);
	}
}
