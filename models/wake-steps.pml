/* Made from WAKE_STEPS in src/relay/wake-mode.ts by test/relay/wake-mode.test.ts (vitest -u). */

inline on_busy() {
	if
	:: mode == standby -> mode = polling; RELEASE; look = true
	:: mode == polling -> skip
	:: mode == draining -> mode = polling; RELEASE; look = true
	:: mode == listening -> mode = polling; RELEASE; look = true
	fi
}

inline on_quiet() {
	if
	:: mode == standby -> skip
	:: mode == polling -> mode = standby; RELEASE; look = true
	:: mode == draining -> skip
	:: mode == listening -> skip
	fi
}

inline on_chosen() {
	if
	:: mode == standby -> mode = draining; REQUEST; look = true
	:: mode == polling -> skip
	:: mode == draining -> skip
	:: mode == listening -> skip
	fi
}

inline on_dismissed() {
	if
	:: mode == standby -> skip
	:: mode == polling -> skip
	:: mode == draining -> mode = standby; RELEASE; look = true
	:: mode == listening -> mode = standby; RELEASE; look = true
	fi
}

inline on_held() {
	if
	:: mode == standby -> RELEASE; look = true
	:: mode == polling -> RELEASE; look = true
	:: mode == draining -> mode = listening; look = true
	:: mode == listening -> skip
	fi
}

inline on_lost() {
	if
	:: mode == standby -> skip
	:: mode == polling -> skip
	:: mode == draining -> REQUEST; look = true
	:: mode == listening -> mode = draining; REQUEST; look = true
	fi
}
