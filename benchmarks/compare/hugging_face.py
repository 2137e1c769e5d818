"""The Hugging Face model as others would run it elsewhere."""


def export(folder):
    """The model in folder/hf, each tower by torch.onnx, any batch: hf_image.onnx, hf_text.onnx."""
    import torch
    from transformers import ChineseCLIPModel

    model = ChineseCLIPModel.from_pretrained(folder / "hf", attn_implementation="eager").eval()

    class Tower(torch.nn.Module):
        def __init__(self, features):
            super().__init__()
            self.model = model  # its weights become the export's
            self.features = features

        def forward(self, values):
            return self.features(values)

    image = lambda pixels: model.visual_projection(model.vision_model(pixels).pooler_output)
    text = lambda ids: model.text_projection(model.text_model(ids, attention_mask=(ids != 0).long())[0][:, 0])
    for tower, module, example in (("image", Tower(image), torch.zeros(2, 3, 224, 224)),
                                   ("text", Tower(text), torch.ones(2, 52, dtype=torch.int64))):
        torch.onnx.export(module, (example,), folder / f"hf_{tower}.onnx", dynamo=False, opset_version=17,
                          input_names=["input"], output_names=["features"], dynamic_axes={"input": {0: "batch"}})
