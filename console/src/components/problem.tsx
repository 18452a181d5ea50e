/** What went wrong: what the API says, and what to do. The one place where failures become words. */

import type { ComponentChildren } from "preact";
import type { ApiError } from "../api/client";
import { calledOf } from "../words/called";
import { sentence } from "../words/problems";
import { Button } from "./button";
import { Banner } from "./states";

/** A title, and what to do, by status; the API's own message stands between them. */
function words(error: ApiError): { title: string; remedy: string } {
  switch (error.status) {
    case 0:
      return {
        title: "The API cannot be reached",
        remedy: "Check your connection. This page goes on by itself.",
      };
    case 403:
      return {
        title: "This needs another role",
        remedy: "Ask an admin to do it, or for a session with that role.",
      };
    case 404:
      return { title: "This is not there", remedy: "It may have been deleted meanwhile." };
    case 409:
      return { title: "This cannot be done now", remedy: "" };
    case 413:
    case 422:
    case 400:
      return { title: "This needs another look", remedy: "" };
    case 429:
      return { title: "Too much at once", remedy: "Wait some seconds, then try again." };
    case 502:
      return {
        title: "A vendor refused",
        remedy: "What it said stands here. Nothing was changed on this side.",
      };
    default:
      return {
        title: "Something went wrong here",
        remedy: "Try again. If it stays, the log has this request's id.",
      };
  }
}

export function Problem({
  error,
  onRetry,
  title,
  children,
}: {
  error: ApiError;
  onRetry?: () => void;
  title?: string;
  children?: ComponentChildren;
}) {
  const said = words(error);
  return (
    <Banner
      tone="bad"
      title={title ?? said.title}
      action={
        onRetry &&
        !isForGood(error) && (
          <Button small icon="retry" onClick={onRetry}>
            Try again
          </Button>
        )
      }
    >
      {!error.details.some((one) => calledOf(one.field)) && <p>{sentence(error.message)}</p>}
      {error.details.length > 0 && (
        <ul>
          {error.details.map((one) => (
            <li key={`${one.field} ${one.message}`}>
              {calledOf(one.field) ?? <code>{one.field}</code>}: {one.message}
            </li>
          ))}
        </ul>
      )}
      {children}
      {said.remedy && !title && <p>{said.remedy}</p>}
      {error.requestId && !isOfTheCaller(error) && (
        <p class="small dim">
          Request <code>{error.requestId}</code>
        </p>
      )}
    </Banner>
  );
}

/** Whether asking again changes nothing. */
function isForGood(error: ApiError): boolean {
  return [403, 404].includes(error.status);
}

/** Whether the message is all that there is to it: no log says more. */
function isOfTheCaller(error: ApiError): boolean {
  return [400, 404, 409, 413, 422].includes(error.status);
}
