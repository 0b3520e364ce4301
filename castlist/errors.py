"""Every error the worker, the coordinator and the command line react to.

CastlistError
├── InputError            the user's input can't be processed; the job ends with this reason (exit code 3)
├── UsageError            a parameter, option or folder is wrong (exit code 2)
├── TaskFailed            a task can't succeed for another reason; the job ends with it (exit code 5)
├── InputReleased         an input was deleted, since the task had been done before; what made it must run again
├── DependencyUnavailable store or broker is down; wait and try again, no delivery is burned
├── JobDeleted            the job was deleted meanwhile; its task is dropped without a word
├── NotReadyForTask       this worker lacks a model the task names; another worker may have it
├── AlreadyExists         a subject that admits one message has one (a job id used twice)
├── LogRestarted          a log lost its newest entries or began anew; replay it from the start
├── AccessDenied          wrong credentials or missing rights
├── ObjectMissing         no object has that key
└── ObjectCorrupt         an object's length or SHA-256 differs from its reference

Any other exception that leaves a handler is a bug: logged with its traceback, counted, tried again.
"""


class CastlistError(Exception):
    """Base of all errors that Castlist raises on purpose; `str()` is a sentence for the user."""


class InputError(CastlistError):
    """The input can't be processed. The message names the file, the place and the remedy."""


class UsageError(CastlistError):
    """The caller asked for something that does not exist or is out of range."""


class TaskFailed(CastlistError):
    """The task can't succeed, however often it is tried."""


class DependencyUnavailable(CastlistError):
    """The object store or the broker did not answer."""


class NotReadyForTask(CastlistError):
    """This worker lacks a model or runtime that the task names."""


class JobDeleted(CastlistError):
    """The job was deleted while a task of it was queued or in hand."""


class AlreadyExists(CastlistError):
    """The log already holds a message on that subject."""


class LogRestarted(CastlistError):
    """The log's sequences went back: what was read from it no longer holds; replay from sequence 1."""


class AccessDenied(CastlistError):
    """The store or broker refused the credentials."""


class InputReleased(CastlistError):
    """An object that was deleted after its readers were done is asked for again. The message says which."""


class ObjectMissing(CastlistError):
    """No object has that key."""


class ObjectCorrupt(CastlistError):
    """The object's bytes are not the bytes its reference names."""
