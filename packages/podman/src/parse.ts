import { answerParser, type AnswerParser } from '@fairlead/core/backend';
import { backendName } from './errors.ts';

/** An answer of the engine as a schema sees it. @throws FairleadError `ENGINE_FAILURE` without any of its values */
export const parse: AnswerParser = answerParser(backendName);
