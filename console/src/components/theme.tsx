/** Light, dark, or as the system has it. */

import { useState } from "preact/hooks";
import { Icon, type IconName } from "./icon";

type Theme = "light" | "dark" | "system";
const KEY = "lytics-cm-theme";
const CHOICES: readonly [Theme, string, IconName][] = [
  ["light", "Light", "sun"],
  ["dark", "Dark", "moon"],
  ["system", "As the system", "screen"],
];

function chosen(): Theme {
  const found = localStorage.getItem(KEY);
  return found === "light" || found === "dark" ? found : "system";
}

export function applyTheme(theme: Theme = chosen()): void {
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

export function ThemeSwitch() {
  const [theme, set] = useState(chosen);
  return (
    <fieldset class="theme">
      <legend class="unseen">Colours</legend>
      {CHOICES.map(([value, label, icon]) => (
        <label key={value} title={label}>
          <input
            type="radio"
            name="theme"
            class="unseen"
            checked={theme === value}
            onChange={() => {
              localStorage.setItem(KEY, value);
              applyTheme(value);
              set(value);
            }}
          />
          <Icon name={icon} />
          <span class="unseen">{label}</span>
        </label>
      ))}
    </fieldset>
  );
}
