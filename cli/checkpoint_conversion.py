"""Turns checkpoints into files that services load: what `castlist models convert` runs, in a process of its own.

Needs the extra `ultralytics` or `torch`. A checkpoint is a pickle: it is read only if it has the SHA-256 that you were told by
whom you trust, and then only tensors, torch's layers and ultralytics' own classes are built from it; other classes end the
conversion. Services read ONNX, TorchScript and safetensors, never a pickle. Imports nothing of Castlist's: it stands alone.
"""

import argparse
import hashlib
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

YOLO_STEM = "ultralytics_yolo"
OSNET_FILE = "osnet.safetensors"
OSNET_SHAPE = (3, 256, 128)
OSNET_CLASSIFIER = "classifier."
OSNETS = ("osnet_x0_25", "osnet_x0_5", "osnet_x0_75", "osnet_x1_0", "osnet_ibn_x1_0", "osnet_ain_x0_25", "osnet_ain_x1_0")
DEFAULT_SIDE_PX = 640


def check_pinned(path: Path, sha256: str) -> None:
    """Exits if the file is not the one with that SHA-256, or can't be read."""
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise SystemExit(f"{path} can't be read ({error.strerror})") from error
    if found != sha256.lower():
        raise SystemExit(f"{path} has the SHA-256 {found}, not {sha256}: it is another file than you mean")


def convert_yolo(checkpoint: Path, folder: Path, side_px: int, *, half: bool, torchscript: bool) -> Path:
    """Export a YOLO for detection; returns the file. Overlaps are left in, people are told apart by Castlist.

    `half` stores weights as float16; a TorchScript needs it not, since it is halved when it is loaded on CUDA.
    """
    os.environ.update(YOLO_OFFLINE="true", YOLO_AUTOINSTALL="false")
    with tempfile.TemporaryDirectory() as scratch:
        os.environ.setdefault("YOLO_CONFIG_DIR", scratch)
        import torch  # noqa: PLC0415 - gigabytes, for conversions only
        from ultralytics import YOLO  # noqa: PLC0415 - reads the variables above when it is loaded
        from ultralytics.nn.tasks import torch_safe_load  # noqa: PLC0415

        # YOLO() builds whatever a checkpoint names, so it is given one that holds only what was let in here.
        known_classes_alone, _ = torch_safe_load(shutil.copy(checkpoint, Path(scratch) / "checkpoint.pt"), safe_only=True)
        torch.save(known_classes_alone, Path(scratch) / f"{YOLO_STEM}.pt")
        model = YOLO(Path(scratch) / f"{YOLO_STEM}.pt", task="detect")
        precision = {"quantize": 16} if half and not torchscript else {}
        exported = model.export(format="torchscript" if torchscript else "onnx", imgsz=side_px, **precision)
        return Path(shutil.copy(exported, folder))


def convert_osnet(checkpoint: Path, folder: Path, architecture: str, trained_on: str = "") -> Path:
    """Write the weights of an OSNet as safetensors, which names the architecture; returns the file.

    With `trained_on`, the name of a data set, an ONNX file instead, called `ARCHITECTURE_DATASET.onnx` as in the manifest.
    """
    import torch  # noqa: PLC0415 - gigabytes, for conversions only

    loaded = torch.load(checkpoint, map_location="cpu", weights_only=True)  # tensors, dictionaries and numbers, nothing else
    weights = loaded.get("state_dict", loaded)
    tensors = {name.removeprefix("module."): tensor.contiguous() for name, tensor in sorted(weights.items())}
    if trained_on:
        return export_osnet(tensors, folder / f"{architecture}_{trained_on}.onnx", architecture)
    from safetensors.torch import save  # noqa: PLC0415

    (folder / OSNET_FILE).write_bytes(save(tensors, metadata={"architecture": architecture}))  # save_file() would hide it from other users
    return folder / OSNET_FILE


def export_osnet(tensors: dict[str, Any], file: Path, architecture: str) -> Path:
    """Write an OSNet without its classifier as ONNX, for batches of any length; returns the file.

    Exits where the weights are not those of the architecture.
    """
    import torch  # noqa: PLC0415
    from torchreid import models  # noqa: PLC0415

    network = models.build_model(architecture, num_classes=1, pretrained=False).eval()
    own = {name: tensor for name, tensor in network.state_dict().items() if name.startswith(OSNET_CLASSIFIER)}
    try:
        network.load_state_dict(own | {name: tensor for name, tensor in tensors.items() if not name.startswith(OSNET_CLASSIFIER)})
    except RuntimeError as fault:
        raise SystemExit(f"these are no weights of {architecture}: {str(fault).splitlines()[-1].strip()}") from fault
    with file.open("wb") as opened:
        torch.onnx.export(
            network,
            (torch.zeros(2, *OSNET_SHAPE),),
            opened,
            input_names=["crops"],
            output_names=["embeddings"],
            dynamic_axes={"crops": {0: "batch"}, "embeddings": {0: "batch"}},
            opset_version=17,
            dynamo=False,  # the newer exporter needs one more package
        )
    return file


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    """Exits with 2 and a usage message for wrong arguments."""
    parser = argparse.ArgumentParser(prog="castlist models convert", description="Turn a checkpoint into a file that services load.")
    kinds = parser.add_subparsers(dest="kind", required=True, metavar="yolo|osnet")
    yolo, osnet = kinds.add_parser("yolo", help="to ONNX or TorchScript"), kinds.add_parser("osnet", help="to safetensors or ONNX")
    for kind in (yolo, osnet):
        kind.add_argument("checkpoint", type=Path, metavar="CHECKPOINT", help="a .pt or .pth file")
        kind.add_argument("--sha256", required=True, metavar="HEX", help="of the checkpoint, from a source that you trust")
        kind.add_argument("--to", dest="folder", type=Path, required=True, metavar="DIR", help="the models folder")
    yolo.add_argument("--half", action="store_true", help="float16 weights, for CUDA")
    yolo.add_argument("--torchscript", action="store_true", help="for the ultralytics package instead of ONNX Runtime")
    yolo.add_argument("--side", dest="side_px", type=int, default=DEFAULT_SIDE_PX, metavar="PX", help="of the network's input")
    osnet.add_argument("--architecture", required=True, choices=OSNETS, help="torchreid's name")
    osnet.add_argument(
        "--onnx",
        dest="trained_on",
        default="",
        metavar="DATASET",
        help="write ARCHITECTURE_DATASET.onnx, for ONNX Runtime instead of torch",
    )
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> int:
    options = parse(arguments)
    check_pinned(options.checkpoint, options.sha256)
    options.folder.mkdir(parents=True, exist_ok=True)
    if options.kind == "yolo":
        written = convert_yolo(options.checkpoint, options.folder, options.side_px, half=options.half, torchscript=options.torchscript)
    else:
        written = convert_osnet(options.checkpoint, options.folder, options.architecture, options.trained_on)
    print(written)
    return 0


if __name__ == "__main__":
    sys.exit(main())
