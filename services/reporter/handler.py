"""The report stage: results in, page, pictures and run record out."""

from castlist import __version__
from castlist.codec.crops_hdf5 import decode_crops
from castlist.codec.documents import decode_json, encode_json
from castlist.codec.messages import decode_model_choice, decode_video_plan
from castlist.codec.persons import decode_persons
from castlist.domain.jobs import Stage, Task
from castlist.domain.parameters import ReportParameters
from castlist.domain.records import CropPack
from castlist.errors import TaskFailed
from castlist.ports import ObjectReader, Output, TaskResult
from services.reporter.algorithms.picture_choice import animation_rows
from services.reporter.algorithms.run_record import run_record
from services.reporter.algorithms.summaries import ReportInputs, page_data, printable_name, stage_parameters, summarize
from services.reporter.rendering.page import picture_name, render_page
from services.reporter.rendering.webp import AnimationStyle, encode_animations

PAGE_NAME = "person_selection.html"
RECORD_NAME = "run.json"
_THREADS = 4


def handle(task: Task, objects: ObjectReader) -> TaskResult:
    """Make a job's report: the page, an animation of each person that has crops, and the run's record."""
    inputs = _read_inputs(task, objects)
    animations = _animate(
        decode_crops(objects.read(task.ref("person_crops"))), stage_parameters(ReportParameters, Stage.REPORT, task.parameters)
    )
    view = summarize(inputs)
    page = render_page(view, page_data(view), animations)
    record = encode_json(run_record(inputs, task.ref("source")))
    return TaskResult(
        outputs=(
            Output(PAGE_NAME, page, published=True),
            *(Output(picture_name(person_id), animation, published=True) for person_id, animation in animations.items()),
            Output(RECORD_NAME, record, published=True),
        ),
        counts={"persons": len(inputs.persons)},
    )


def _animate(crops: CropPack, parameters: ReportParameters) -> dict[int, bytes]:
    rows = animation_rows(crops.person_ids, crops.frame_numbers, parameters.webp_max_frames)
    style = AnimationStyle(parameters.webp_size_px, parameters.webp_fps, parameters.webp_quality)
    images = {person_id: [crops.images[row] for row in chosen] for person_id, chosen in rows.items()}
    try:
        return encode_animations(images, style, _THREADS)
    except OSError as fault:
        raise TaskFailed(f"a stored crop is no picture: {fault}; run again from detect") from fault


def _read_inputs(task: Task, objects: ObjectReader) -> ReportInputs:
    file_name = task.parameters.get("source.file_name")
    return ReportInputs(
        file_name=printable_name(str(file_name.value) if file_name else ""),
        video=decode_video_plan(objects.read(task.ref("video"))),
        detector=decode_model_choice(objects.read(task.ref("detector"))),
        embedder=decode_model_choice(objects.read(task.ref("embedder"))),
        persons=decode_persons(objects.read(task.ref("canonical_persons.npz"))),
        appearances=decode_json(objects.read(task.ref("appearances.json"))),
        ranking=decode_json(objects.read(task.ref("ranking_results.json"))),
        similarity=decode_json(objects.read(task.ref("similarity_matrix.json"))),
        parameters={name: item for name, item in task.parameters.items() if not name.startswith("source.")},
        warnings=task.warnings,
        version=__version__,
    )
